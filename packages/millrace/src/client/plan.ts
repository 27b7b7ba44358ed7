import { invalidOption, requirePositive, requireRange, requireWhole } from "../base/options.js";
import { discard } from "../http/body/discard.js";
import type { HttpRequest, HttpResponse } from "../wire/http/message.js";
import { whenResponseDone } from "../wire/http/when-done.js";
import { requestAgain } from "./call/sent-body.js";
import { type NodeUri, parseNodeUri, uriFault } from "./config/node-uri.js";
import type { ProxyConfig, SecurityConfig, ServiceConfig } from "./config/services-config.js";
import type { ClientSettings } from "./options.js";
import type { ClientRetryOptions } from "./policy/client-retry.js";
import { requireProxy } from "./transport/require-proxy.js";

/** What the calls of a service go by. */
export interface CallPlan {
  /** Name of the service in the configuration. */
  readonly service: string;
  readonly settings: ClientSettings;
  readonly retry: ClientRetryOptions<HttpRequest, HttpResponse> & { readonly retries: number };
  /** Longest time for a call, in milliseconds. */
  readonly limitMs: number;
}

/** How one node is called. */
export interface NodePlan {
  /** Name of the service in the configuration. */
  readonly service: string;
  readonly settings: ClientSettings;
  readonly url: URL;
  /** Its place among the nodes of the service, from 0. */
  readonly index: number;
}

/** The way to nodes: what changes it makes new connections. */
export interface WayPlan {
  readonly security: SecurityConfig;
  readonly proxy: ProxyConfig;
  readonly connectTimeoutMs: number;
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
}

/** What a service's configuration comes to, with defaults filled in. */
export interface ServicePlan {
  readonly calls: CallPlan;
  readonly way: WayPlan;
  /** The nodes by their URLs, in the order of the configuration; one that is named twice is one. */
  readonly nodes: ReadonlyMap<string, URL>;
  /** Whether a mesh beside the program retries and limits in this client's place. */
  readonly mesh: boolean;
  readonly cooldownMs: number;
}

/**
 * Works out how a service is to be called.
 *
 * @throws MillraceError `invalid-options`, with the key path within the service, when the configuration says what it may not
 */
export function servicePlan(service: string, config: ServiceConfig, settings: ClientSettings): ServicePlan {
  requireShape(config);
  const { nodes, mesh } = nodesOf(config);
  const { proxy = { type: "direct" } } = config;
  checkValues(config);
  requireProxy(proxy);
  return {
    calls: {
      service,
      settings,
      retry: retryOptions(settings, mesh ? 0 : (config.maxRetries ?? 4), config.backoffSlotMs),
      limitMs: config.requestTimeoutMs ?? Infinity,
    },
    way: {
      security: config.security ?? {},
      proxy,
      connectTimeoutMs: config.connectTimeoutMs ?? 10_000,
      readTimeoutMs: config.readTimeoutMs ?? 300_000,
      writeTimeoutMs: config.writeTimeoutMs ?? 300_000,
    },
    nodes,
    mesh,
    cooldownMs: config.failedUrlCooldownMs ?? 0,
  };
}

/** What the compiler sees to, but for programs without types. */
function requireShape({ uris, security = {} }: ServiceConfig): void {
  if (!Array.isArray(uris)) throw invalidOption("uris", "a list of URIs", uris);
  for (const [at, uri] of uris.entries()) {
    if (typeof uri !== "string") throw invalidOption(`uris[${at}]`, "a URI", uri);
  }
  if (typeof security !== "object") throw invalidOption("security", "names of files", security);
  for (const [key, file] of Object.entries(security)) {
    if (file !== undefined && typeof file !== "string")
      throw invalidOption(`security.${key}`, "a file name", file);
  }
}

/** What a file cannot say wrong, but a program can. */
function checkValues(config: ServiceConfig): void {
  for (const limit of ["connectTimeoutMs", "readTimeoutMs", "writeTimeoutMs", "requestTimeoutMs"] as const) {
    const value = config[limit];
    if (value !== undefined) requirePositive(limit, value);
  }
  for (const wait of ["backoffSlotMs", "failedUrlCooldownMs"] as const) {
    const value = config[wait];
    if (value !== undefined) requireRange(wait, value, 0, Number.MAX_SAFE_INTEGER);
  }
  if (config.maxRetries !== undefined) requireWhole("maxRetries", config.maxRetries, 0);
  const { keyFile, certFile } = config.security ?? {};
  if ((keyFile === undefined) === (certFile === undefined)) return;
  const found = `${keyFile === undefined ? "certFile" : "keyFile"} alone`;
  throw invalidOption("security", "keyFile and certFile together", found);
}

function retryOptions(
  settings: ClientSettings,
  retries: number,
  slotMs: number | undefined,
): CallPlan["retry"] {
  const { isIdempotent, serverQos, strictIdempotency, retryAfterCapMs, random, clock } = settings;
  return {
    isIdempotent: ({ method }) => isIdempotent(method),
    ...{ retries, slotMs, serverQos, strictIdempotency, retryAfterCapMs, random, clock },
    budget: settings.retryBudget,
    header: ({ fields }, name) => fields.get(name),
    again: requestAgain,
    discard: ({ body }) => discard(body),
    whenDone: whenResponseDone,
  };
}

function nodesOf({ uris }: ServiceConfig): Pick<ServicePlan, "nodes" | "mesh"> {
  const fault = uriFault(uris);
  if (fault) throw invalidOption(`uris[${fault.at}]`, fault.expected, fault.found);
  const parsed = uris.map((uri) => parseNodeUri(uri) as NodeUri);
  return {
    nodes: new Map(parsed.map(({ url }) => [url.href.replace(/\/+$/, ""), url])),
    mesh: parsed.some(({ mesh }) => mesh),
  };
}
