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

/** What had been counted at a moment, seen from another: counters are less than nothing before it. */
export interface SampleRecord extends Omit<Sample, "at"> {
  /** How long before, in milliseconds. */
  readonly ageMs: number;
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

  /** What is remembered, seen from `totals` at clock time `at`: another process can go on from there. */
  record(at: number, totals: Totals): readonly SampleRecord[] {
    const now = sampleOf(at, totals);
    return this.#samples.map((sample) => ({ ...differ(sample, now), ageMs: at - sample.at }));
  }

  /** Remembers what another process did, in place of what is remembered here; nothing is counted here yet. */
  restore(at: number, records: readonly SampleRecord[]): void {
    const samples = records.map(({ ageMs, ...sample }): Sample => ({ ...sample, at: at - ageMs }));
    this.#samples.splice(0, this.#samples.length, ...samples);
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

function differ(sample: Sample, now: Sample): Omit<Sample, "at"> {
  const { counts, sumMs } = sample.latency;
  return {
    requests: sample.requests - now.requests,
    failed: sample.failed - now.failed,
    received: sample.received - now.received,
    sent: sample.sent - now.sent,
    latency: {
      counts: counts.map((count, bucket) => count - now.latency.counts[bucket]!),
      sumMs: sumMs - now.latency.sumMs,
    },
  };
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
