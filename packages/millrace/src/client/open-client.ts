import { invalidOption, withDefaults } from "../base/options.js";
import type { ServiceConfig } from "./config/services-config.js";
import { type ClientFactoryOptions, openClientFactory } from "./factory.js";
import type { ServiceClient } from "./service-client.js";

/** One service, how it is reached, and the policies of its client. */
export interface OpenClientOptions extends ClientFactoryOptions, Partial<ServiceConfig> {
  /** Name of the service, for messages and metrics. */
  readonly service: string;
}

/**
 * Opens a client of one service without a configuration file: what a file would say is in `options`.
 *
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export async function openClient(options: OpenClientOptions): Promise<ServiceClient> {
  const { service } = (options as OpenClientOptions | undefined) ?? {};
  if (typeof service !== "string") throw invalidOption("client.service", "the name of a service", service);
  const factory = openClientFactory({ services: { [service]: configOf(options) } }, options);
  try {
    const client = await factory.openClient(service);
    const close = async () => {
      await client.close();
      await factory.close();
    };
    return { ...client, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await factory.close();
    throw error;
  }
}

const unsaid: { readonly [K in keyof Required<ServiceConfig>]: ServiceConfig[K] } = {
  uris: [],
  maxRetries: undefined,
  security: undefined,
  proxy: undefined,
  connectTimeoutMs: undefined,
  readTimeoutMs: undefined,
  writeTimeoutMs: undefined,
  requestTimeoutMs: undefined,
  backoffSlotMs: undefined,
  failedUrlCooldownMs: undefined,
};

function configOf(options: OpenClientOptions): ServiceConfig {
  const said = Object.entries(options).filter(([key]) => Object.hasOwn(unsaid, key));
  return withDefaults(unsaid, Object.fromEntries(said));
}
