/** Why a request had no good answer: one for each failed request, and for each that was refused. */
export const failureReasons = [
  /** No server is in the pool, or all are out: 503. */
  "no-server",
  /** A connection to the server was refused or could not be made: 502. */
  "connect-failed",
  /** A connection to the server took too long: 504. */
  "connect-timeout",
  /** The server took too long to answer, or between two pieces of its answer: 504 or cut off. */
  "response-timeout",
  /** The whole request took longer than it may: 504 or cut off. */
  "request-timeout",
  /** The server closed the connection before its answer was whole: 502 or cut off. */
  "reset",
  /** The server's answer breaks the protocol: 502 or cut off. */
  "bad-response",
  /** The server answered, with a status of 500 or more. */
  "server-error",
  /** The client left before its answer was whole. */
  "client-gone",
  /** The client took too long to send its request: 408 or cut off. */
  "client-timeout",
  /** The client's request breaks the protocol: 400, 501 or 505. */
  "bad-request",
  /** The client's request is over a limit: 413, 414 or 431. */
  "too-large",
  /** The worker had no room for the request: 503. */
  "overloaded",
  /** A fault of the proxy itself: 500. */
  "internal",
] as const;

/** One of {@link failureReasons}. */
export type FailureReason = (typeof failureReasons)[number];

/**
 * Upper bounds of the latency histogram's buckets, in milliseconds; one more bucket takes the rest.
 *
 * A superset of the bounds that OpenTelemetry advises, so that those can be read off exactly, and fine
 * enough below and between for percentiles.
 */
export const latencyBoundsMs: readonly number[] = [
  0.5, 1, 1.5, 2, 3, 4, 5, 7.5, 10, 15, 25, 35, 50, 75, 100, 150, 250, 350, 500, 750, 1_000, 1_500, 2_500,
  3_500, 5_000, 7_500, 10_000, 30_000, 60_000,
];

/** Times of finished requests. All counters of a report only ever grow while the worker lives. */
export interface LatencyHistogram {
  /** One count for each of {@link latencyBoundsMs} and one for all above. Not cumulative. */
  readonly counts: readonly number[];
  /** Sum of all times, in milliseconds. */
  readonly sumMs: number;
}

/** Answers by who is to blame: `failed` is a status of 500 or more, or none at all. */
export interface Outcomes {
  readonly success: number;
  readonly failed: number;
}

/** What one worker knows of one server. */
export interface ServerReport extends Outcomes {
  readonly id: string;
  /** Requests started and not finished, those of tunnels included. */
  readonly inFlight: number;
  /** Upgraded connections among `inFlight`. */
  readonly tunnels: number;
  readonly connections: { readonly open: number; readonly idle: number };
  /** Smoothed latency in milliseconds; 0 before the first answer. */
  readonly ewmaMs: number;
  /** For how much longer traffic keeps it out of the balance, in milliseconds; 0 when it does not. */
  readonly ejectedForMs: number;
  /** How often traffic took it out. */
  readonly ejections: number;
  /** Age of the oldest request without an answer, in milliseconds; 0 when there is none. */
  readonly oldestAgeMs: number;
  /** From sending a request to the end of the answer's head, attempts one by one. */
  readonly latency: LatencyHistogram;
}

/** The counters and gauges of one worker. */
export interface WorkerReport {
  readonly pid: number;
  /** The revision that the worker has applied. */
  readonly revision: number;
  readonly uptimeMs: number;
  readonly connections: {
    readonly open: number;
    readonly accepted: number;
    /** Closed at once because the worker had its fill. */
    readonly refused: number;
  };
  readonly requests: {
    /** Requests without a whole answer now, tunnels included. */
    readonly active: number;
    readonly total: number;
    /** Answers by status. */
    readonly byStatus: readonly (readonly [status: number, count: number])[];
  };
  readonly bytes: {
    /** Bytes of content from clients; of a stream with its chunk framing. */
    readonly received: number;
    /** Bytes of content to clients. */
    readonly sent: number;
  };
  /** What clients saw, after retries. */
  readonly client: Outcomes;
  readonly failures: readonly (readonly [reason: FailureReason, count: number])[];
  readonly retries: { readonly made: number; readonly budgetExhausted: number };
  /** From the end of a request's head to the end of its answer, as clients see it. */
  readonly latency: LatencyHistogram;
  readonly servers: readonly ServerReport[];
  readonly memory: { readonly rssBytes: number; readonly heapBytes: number };
  /** CPU time of the worker's process, user and system, in milliseconds. */
  readonly cpuMs: number;
}
