import type { Exchange, Peer, ProtocolError, ServerObserver } from "millrace/wire";
import { failureReason } from "../forward/failure.js";
import type { FailureReason, WorkerReport } from "../ipc/report.js";
import { Histogram } from "./histogram.js";

/** Everything a worker counts about its clients' requests. Only ever grows, but for `active`. */
export class Counters implements ServerObserver {
  active = 0;
  retriesMade = 0;
  retriesRefused = 0;
  readonly #latency = new Histogram();
  readonly #byStatus = new Map<number, number>();
  readonly #failures = new Map<FailureReason, number>();
  readonly #onExchange: ((exchange: Exchange) => void) | undefined;
  readonly #onRefused: (error: ProtocolError, peer: Peer) => void;
  readonly #refused = new WeakSet<object>();
  #total = 0;
  #success = 0;
  #failed = 0;
  #receivedBytes = 0;
  #sentBytes = 0;

  constructor(hooks: {
    readonly onExchange?: (exchange: Exchange) => void;
    readonly onRefused: (error: ProtocolError, peer: Peer) => void;
  }) {
    this.#onExchange = hooks.onExchange;
    this.#onRefused = hooks.onRefused;
  }

  exchangeEnded(exchange: Exchange): void {
    this.active -= 1;
    const { status, error } = exchange;
    this.#latency.add(exchange.endedAt - exchange.startedAt);
    this.#receivedBytes += exchange.receivedBytes;
    this.#sentBytes += exchange.sentBytes;
    // A request that was refused half-way has been counted then.
    if (error === undefined || !this.#refused.has(error as object)) this.#count(status, error);
    this.#onExchange?.(exchange);
  }

  requestRefused(error: ProtocolError, peer: Peer): void {
    this.#refused.add(error);
    this.#count(error.status, error);
    this.#onRefused(error, peer);
  }

  /** The counts so far, in the form of a report. */
  snapshot(): Pick<WorkerReport, "requests" | "bytes" | "client" | "failures" | "retries" | "latency"> {
    return {
      requests: { active: this.active, total: this.#total, byStatus: [...this.#byStatus] },
      bytes: { received: this.#receivedBytes, sent: this.#sentBytes },
      client: { success: this.#success, failed: this.#failed },
      failures: [...this.#failures],
      retries: { made: this.retriesMade, budgetExhausted: this.retriesRefused },
      latency: this.#latency.snapshot(),
    };
  }

  #count(status: number, error: unknown): void {
    this.#total += 1;
    if (status !== 0) increment(this.#byStatus, status);
    const refused = error !== undefined && this.#refused.has(error as object);
    if (status !== 0 && status < 500 && (error === undefined || refused)) this.#success += 1;
    else this.#failed += 1;
    if (error !== undefined) increment(this.#failures, failureReason(error));
    else if (status === 0 || status >= 500) increment(this.#failures, "server-error");
  }
}

function increment<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
