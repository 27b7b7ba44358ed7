import { dirname, resolve } from "node:path";
import { checkDocument } from "../../config/document/issues.js";
import { readDocument } from "../../config/document/read-document.js";
import type {
  ProxyConfig,
  SecurityConfig,
  ServiceConfig,
  ServiceDefaults,
  ServicesConfig,
} from "./services-config.js";
import {
  type ServicesDocument,
  type ServicesValues,
  type ServiceValues,
  servicesSchema,
} from "./services-schema.js";

/** A configuration that was read from a text. */
export interface ReadServices {
  /** What it says, checked and complete. */
  readonly config: ServicesConfig;
  /** One line for each key that nobody knows, with the known one that is nearest to it. */
  readonly warnings: readonly string[];
}

/**
 * Reads a configuration of services from YAML or JSON. Unknown keys are left out with a warning. Names of
 * files in it are relative to the folder of `file`.
 *
 * @throws ConfigError when it says what it may not; each fault with file, line, column and key path
 */
export function readServices(text: string, file: string): ReadServices {
  const { value, warnings } = readDocument(servicesSchema, { text, file, unknownKeys: "warn" });
  return { config: toConfig(value, dirname(resolve(file))), warnings };
}

/**
 * Makes a configuration of services of a document: of what a program already has, in the form of the file.
 * Names of files in it are relative to `folder`, the working directory unless said otherwise.
 *
 * @throws ConfigError when it says what it may not, unknown keys included
 */
export function createServicesConfig(document: ServicesDocument, folder = process.cwd()): ServicesConfig {
  return toConfig(checkDocument(servicesSchema, document), folder);
}

function toConfig({ services, ...values }: ServicesValues, folder: string): ServicesConfig {
  const named = Object.entries(services ?? {}).map(([name, service]) => [name, toService(service, folder)]);
  return {
    services: Object.fromEntries(named) as Record<string, ServiceConfig>,
    ...toDefaults(values, folder),
  };
}

function toService(values: ServiceValues | null | undefined, folder: string): ServiceConfig {
  if (!values) return { uris: [] };
  return { uris: values.uris, maxRetries: values["max-num-retries"], ...toDefaults(values, folder) };
}

function toDefaults(values: Omit<ServicesValues, "services">, folder: string): ServiceDefaults {
  return {
    security: toSecurity(values.security, folder),
    proxy: toProxy(values.proxy),
    connectTimeoutMs: values["connect-timeout"],
    readTimeoutMs: values["read-timeout"],
    writeTimeoutMs: values["write-timeout"],
    requestTimeoutMs: values["request-timeout"],
    backoffSlotMs: values["backoff-slot-size"],
    failedUrlCooldownMs: values["failed-url-cooldown"],
  };
}

function toSecurity(values: ServicesValues["security"], folder: string): SecurityConfig | undefined {
  if (!values) return undefined;
  const place = (file: string | undefined) => (file === undefined ? undefined : resolve(folder, file));
  return {
    caFile: place(values["ca-file"]),
    keyFile: place(values["key-file"]),
    certFile: place(values["cert-file"]),
  };
}

function toProxy(values: ServicesValues["proxy"]): ProxyConfig | undefined {
  if (values?.type !== "http") return values;
  const { "host-and-port": hostAndPort, credentials } = values;
  return { type: "http", hostAndPort, credentials };
}
