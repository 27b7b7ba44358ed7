import { type LatencyHistogram, latencyBoundsMs } from "../ipc/report.js";

/** A histogram without a single time in it. */
export const emptyHistogram: LatencyHistogram = {
  counts: Array.from({ length: latencyBoundsMs.length + 1 }, () => 0),
  sumMs: 0,
};

/** Puts two histograms together. */
export function addHistograms(left: LatencyHistogram, right: LatencyHistogram): LatencyHistogram {
  return {
    counts: left.counts.map((count, index) => count + (right.counts[index] ?? 0)),
    sumMs: left.sumMs + right.sumMs,
  };
}

/** What came into a histogram between two moments. */
export function histogramSince(now: LatencyHistogram, before: LatencyHistogram): LatencyHistogram {
  return {
    counts: now.counts.map((count, index) => Math.max(0, count - (before.counts[index] ?? 0))),
    sumMs: Math.max(0, now.sumMs - before.sumMs),
  };
}

/** How many times a histogram holds. */
export function histogramSize({ counts }: LatencyHistogram): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/**
 * The time in milliseconds that `share` of all times do not exceed, `null` of an empty histogram.
 *
 * Taken to be spread evenly within a bucket; of the last bucket, which has no end, it is the bound
 * that they all exceed.
 */
export function percentile(histogram: LatencyHistogram, share: number): number | null {
  const size = histogramSize(histogram);
  if (size === 0) return null;
  let below = 0;
  for (const [index, upperMs] of latencyBoundsMs.entries()) {
    const count = histogram.counts[index] ?? 0;
    if (count > 0 && below + count >= share * size) {
      const lowerMs = latencyBoundsMs[index - 1] ?? 0;
      return lowerMs + ((upperMs - lowerMs) * Math.max(0, share * size - below)) / count;
    }
    below += count;
  }
  return latencyBoundsMs.at(-1)!;
}
