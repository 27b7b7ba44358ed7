import type { RetryCondition, StatusRange } from "millrace/channel";

/**
 * A bound that may be absent: `null` means none.
 *
 * Settings travel between processes and through the admin API as JSON, which has no `Infinity`.
 * Code that computes with a limit writes `limit ?? Infinity`.
 */
export type Limit = number | null;

/** How a worker chooses among healthy servers. */
export type BalancePolicy =
  | "p2c-ewma"
  | "p2c-in-flight"
  | "round-robin"
  | "least-request"
  | "consistent-hash"
  | "sticky"
  | "pin-until-error";

/** How a worker writes its access log. */
export type AccessLogFormat = "off" | "common" | "combined" | "json";

/** Which forwarding headers a worker writes. */
export type ForwardedHeaders = "x-forwarded" | "forwarded" | "both" | "none";

/** How requests are spread over the servers. */
export interface BalanceSettings {
  readonly policy: BalancePolicy;
  /** Below this share of healthy servers the balancer uses all of them. From 0 (never) to 1. */
  readonly panicRatio: number;
  /** Time in which an old latency sample loses all but 1/e of its weight, in milliseconds. */
  readonly ewmaDecayMs: number;
  /** How long a server that is new, or back, takes to get its full share, in milliseconds; `null` for none. */
  readonly slowStartMs: Limit;
  /** What requests have in common that go to the same server: see `parseHashBy`. */
  readonly hashBy: string;
  /** The most requests in flight a server of a hash takes, as a multiple of its share; at least 1. */
  readonly hashBound: Limit;
  /** Keys that one worker remembers the server of, when it is sticky. */
  readonly stickyKeys: number;
  /** How long a worker stays pinned to one server, in milliseconds; `null` until it fails. */
  readonly pinLongestMs: Limit;
  /** Servers that one worker uses at most; `null` for all. */
  readonly subset: Limit;
  /** Number of this proxy's first worker among the workers of all proxies, for the subsets. */
  readonly subsetOffset: number;
}

/** How the manager asks a server whether it is well. */
export interface HealthSettings {
  /** From the end of one check to the start of the next, in milliseconds. */
  readonly intervalMs: number;
  /** Longest wait for the status of a check, in milliseconds. */
  readonly timeoutMs: number;
  /** Path and query to ask for, below the server's own base path. Starts with `/`. */
  readonly path: string;
  /** Statuses that pass. */
  readonly expectedStatuses: readonly StatusRange[];
  /** Passes in a row that bring a server back; at least 1. */
  readonly healthyThreshold: number;
  /** Failures in a row that take a server out; at least 1. */
  readonly unhealthyThreshold: number;
  /** Share of the interval left to chance, from 0 to 1, so that checks spread out. */
  readonly jitter: number;
}

/** When real traffic takes a server out without waiting for a check. */
export interface OutlierSettings {
  /** Failures in a row that eject a server; `null` never ejects. */
  readonly consecutiveFailures: Limit;
  /** Length of the first ejection, in milliseconds; the n-th in a row lasts n times as long. */
  readonly baseEjectionMs: number;
  /** Longest ejection, in milliseconds. */
  readonly maxEjectionMs: number;
  /** Largest share of the pool that may be out at a time. The last server is never ejected. */
  readonly maxEjectedRatio: number;
}

/** Longest waits, in milliseconds. */
export interface TimeoutSettings {
  /** For a connection to a server, TLS included. */
  readonly connectMs: number;
  /** For a client to send a whole request head, from its first byte. */
  readonly requestHeadMs: Limit;
  /** Between two pieces of a request body. */
  readonly requestBodyIdleMs: Limit;
  /** For the first byte of a response head, after the request went out. */
  readonly responseHeadMs: Limit;
  /** Between two pieces of a response body. */
  readonly responseBodyIdleMs: Limit;
  /** For a whole request, all attempts and the response body included. */
  readonly requestMs: Limit;
  /** For the next request on an idle connection of a client. */
  readonly clientIdleMs: Limit;
  /** For which an idle connection to a server is kept; shorter than the server keeps it. */
  readonly serverIdleMs: number;
  /** For a peer to take bytes that wait to be written. */
  readonly writeIdleMs: Limit;
  /** Between two pieces in either direction of a tunnel (WebSocket). */
  readonly tunnelIdleMs: Limit;
}

/** Largest sizes and counts that a worker accepts. */
export interface LimitSettings {
  /** Bytes of a request line; more is 414. */
  readonly requestLineBytes: number;
  /** Bytes of one header line; more is 431. */
  readonly headerLineBytes: number;
  /** Bytes of a whole head; more is 431. */
  readonly headBytes: number;
  /** Header lines of a head; more is 431. */
  readonly headerCount: number;
  /** Bytes of a request body; more is 413. */
  readonly bodyBytes: Limit;
  /** Slowest average rate at which a request body may come, in bytes a second; `null` for any. */
  readonly bodyRate: Limit;
  /** Bytes of all chunk extensions of a message. */
  readonly chunkExtensionBytes: number;
  /** Bytes of a trailer section. */
  readonly trailerBytes: number;
  /** Client connections of one worker; more wait unaccepted or are closed. */
  readonly connections: Limit;
  /** Connections of one worker to one server; more requests wait. */
  readonly connectionsPerServer: Limit;
}

/** When a request is tried on another server. */
export interface RetrySettings {
  /** Tries beyond the first; 0 never retries. */
  readonly attempts: number;
  /** Which failures are worth another try. */
  readonly on: readonly RetryCondition[];
  /** Retries allowed as a share of requests; from 0 to 1. */
  readonly budgetRatio: number;
  /** Retries per second and worker that are allowed whatever the traffic. */
  readonly budgetPerSecond: number;
}

/** What a worker changes in the messages it passes on. */
export interface ForwardSettings {
  /** `keep` sends the client's Host on; `rewrite` sends the server's own. */
  readonly host: "keep" | "rewrite";
  /** Name written into `Via`; `false` writes none. */
  readonly via: string | false;
  /** Which forwarding headers are written. */
  readonly forwardedHeaders: ForwardedHeaders;
  /**
   * Networks (CIDR or single addresses) whose forwarding headers are believed and appended to.
   * Those of any other peer are replaced.
   */
  readonly trustedProxies: readonly string[];
  /** Whether a request without `X-Request-Id` gets one. */
  readonly requestId: boolean;
  /** Protocols, in lower case, to which a connection may be upgraded. */
  readonly upgrades: readonly string[];
}

/** How requests are logged. */
export interface AccessLogSettings {
  readonly format: AccessLogFormat;
}

/**
 * Everything that can change while the proxy runs, resolved: no gaps, numbers in milliseconds and
 * bytes, nothing that JSON cannot carry.
 */
export interface ProxySettings {
  readonly balance: BalanceSettings;
  readonly health: HealthSettings;
  readonly outlier: OutlierSettings;
  readonly timeouts: TimeoutSettings;
  readonly limits: LimitSettings;
  readonly retry: RetrySettings;
  readonly forward: ForwardSettings;
  readonly accessLog: AccessLogSettings;
  /** How long a stopping proxy lets requests in flight go on, in milliseconds. */
  readonly drainMs: number;
}
