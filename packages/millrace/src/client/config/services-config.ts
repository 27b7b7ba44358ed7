import type { ProxyCredentials } from "../../channel/proxy/credentials.js";

/** What a configuration says of all the services a program calls. */
export interface ServicesConfig extends ServiceDefaults {
  /** What it says of each service, by name. */
  readonly services: Readonly<Record<string, ServiceConfig>>;
}

/** What a configuration says of one service. */
export interface ServiceConfig extends ServiceDefaults {
  /** Where the nodes of the service are: `https://widgets-1.example.com:8443/api`. */
  readonly uris: readonly string[];
  /**
   * Retries of a call; a whole number of at least 0.
   * @defaultValue 4
   */
  readonly maxRetries?: number | undefined;
}

/** What a service takes over from what is said of all, where nothing is said of it. */
export interface ServiceDefaults {
  /** Files that TLS is made of. Taken over as a whole, never field by field. */
  readonly security?: SecurityConfig | undefined;
  /**
   * Proxy that calls go through. Taken over as a whole, never field by field.
   * @defaultValue `{ type: "direct" }`
   */
  readonly proxy?: ProxyConfig | undefined;
  /**
   * Longest wait for a connection, TLS included, in milliseconds.
   * @defaultValue 10_000
   */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * Longest time in which a server sends nothing, in milliseconds: until the head of a response, and
   * between the parts of its body.
   * @defaultValue 300_000
   */
  readonly readTimeoutMs?: number | undefined;
  /**
   * Longest time in which a server takes nothing of a request, in milliseconds.
   * @defaultValue 300_000
   */
  readonly writeTimeoutMs?: number | undefined;
  /**
   * Longest time from a call to the last byte of its response, with all its attempts, in milliseconds.
   * @defaultValue none
   */
  readonly requestTimeoutMs?: number | undefined;
  /**
   * The wait before the first retry is up to this long, in milliseconds, each later one up to twice as
   * long as the one before.
   * @defaultValue 250
   */
  readonly backoffSlotMs?: number | undefined;
  /**
   * How long a node is avoided after it could not be reached or answered a 5xx other than 500, in milliseconds;
   * unless all are.
   * @defaultValue 0: nodes are judged by the node selection alone
   */
  readonly failedUrlCooldownMs?: number | undefined;
}

/** Files that TLS is made of, in PEM. */
export interface SecurityConfig {
  /** Authorities to trust beside those that Node comes with. */
  readonly caFile?: string | undefined;
  /** Private key to show who calls; with `certFile` or not at all. */
  readonly keyFile?: string | undefined;
  /** Certificate of that key, followed by its intermediates. */
  readonly certFile?: string | undefined;
}

/** The way calls take. */
export type ProxyConfig =
  | { readonly type: "direct" }
  | {
      readonly type: "http";
      /** Address of the proxy: `proxy.example.com:3128`, `[::1]:3128`. */
      readonly hostAndPort: string;
      readonly credentials?: ProxyCredentials | undefined;
    };

/**
 * All that a configuration says of a service: its own settings, and the defaults where it has none.
 * `undefined` for a service that it does not name.
 */
export function serviceConfig(config: ServicesConfig, name: string): ServiceConfig | undefined {
  if (!Object.hasOwn(config.services, name)) return undefined;
  const { services, ...defaults } = config;
  const service = services[name]!;
  return {
    uris: service.uris,
    maxRetries: service.maxRetries,
    security: service.security ?? defaults.security,
    proxy: service.proxy ?? defaults.proxy,
    connectTimeoutMs: service.connectTimeoutMs ?? defaults.connectTimeoutMs,
    readTimeoutMs: service.readTimeoutMs ?? defaults.readTimeoutMs,
    writeTimeoutMs: service.writeTimeoutMs ?? defaults.writeTimeoutMs,
    requestTimeoutMs: service.requestTimeoutMs ?? defaults.requestTimeoutMs,
    backoffSlotMs: service.backoffSlotMs ?? defaults.backoffSlotMs,
    failedUrlCooldownMs: service.failedUrlCooldownMs ?? defaults.failedUrlCooldownMs,
  };
}
