import type { LatencyHistogram } from "../ipc/report.js";
import { emptyHistogram, histogramSince } from "./histogram.js";
import type { Totals } from "./totals.js";

/** Spans of time that rates are told for, in milliseconds. */
export const rateSpansMs = { "1s": 1_000, "10s": 10_000, "1m": 60_000 } as const;

/** A span's name: `1s`, `10s` or `1m`. */
export type RateSpan = keyof typeof rateSpansMs;

/** What happened per second over a span. */
export interface Rates {
  readonly requests: number;
  readonly failed: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

interface Sample {
  readonly at: number;
  readonly requests: number;
  readonly failed: number;
  readonly received: number;
  readonly sent: number;
  readonly latency: LatencyHistogram;
}

const longestSpanMs = 60_000;

/** Remembers a minute of totals, and tells from them how fast things go. */
export class RateRing {
  readonly #samples: Sample[] = [];

  /** Remembers the totals at clock time `at`, which only ever grows. */
  add(at: number, totals: Totals): void {
    this.#samples.push(sampleOf(at, totals));
    while (this.#samples.length > 1 && this.#samples[1]!.at <= at - longestSpanMs) this.#samples.shift();
  }

  /** Events per second from `spanMs` before `at`, or from the first sample where that is later. */
  rates(at: number, totals: Totals, spanMs: number): Rates {
    const now = sampleOf(at, totals);
    const before = this.#before(at - spanMs) ?? now;
    const seconds = (at - before.at) / 1_000;
    const rate = (key: "requests" | "failed" | "received" | "sent") =>
      seconds > 0 ? Math.max(0, now[key] - before[key]) / seconds : 0;
    return {
      requests: rate("requests"),
      failed: rate("failed"),
      receivedBytes: rate("received"),
      sentBytes: rate("sent"),
    };
  }

  /** The times of requests that ended within the last minute. */
  recentLatency(at: number, { latency }: Totals): LatencyHistogram {
    return histogramSince(latency, this.#before(at - longestSpanMs)?.latency ?? emptyHistogram);
  }

  /** The latest sample that is not younger than `at`, or the first of all. */
  #before(at: number): Sample | undefined {
    return this.#samples.findLast((sample) => sample.at <= at) ?? this.#samples[0];
  }
}

function sampleOf(at: number, { requests, client, bytes, latency }: Totals): Sample {
  return {
    at,
    requests: requests.total,
    failed: client.failed,
    received: bytes.received,
    sent: bytes.sent,
    latency,
  };
}
