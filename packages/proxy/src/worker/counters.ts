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
    this.#total += 1;
    this.#latency.add(exchange.endedAt - exchange.startedAt);
    this.#receivedBytes += exchange.receivedBytes;
    this.#sentBytes += exchange.sentBytes;
    if (status !== 0) increment(this.#byStatus, status);
    if (error === undefined && status < 500 && status !== 0) this.#success += 1;
    else {
      this.#failed += 1;
      increment(this.#failures, error === undefined ? "server-error" : failureReason(error));
    }
    this.#onExchange?.(exchange);
  }

  requestRefused(error: ProtocolError, peer: Peer): void {
    this.#total += 1;
    this.#success += 1;
    increment(this.#byStatus, error.status);
    increment(this.#failures, failureReason(error));
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
}

function increment<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
