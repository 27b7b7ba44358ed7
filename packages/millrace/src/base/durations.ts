const unitMs: ReadonlyMap<string, number> = new Map([
  ...spellings(1e-6, "ns", "nanosecond", "nanoseconds"),
  ...spellings(1e-3, "us", "µs", "microsecond", "microseconds"),
  ...spellings(1, "ms", "millisecond", "milliseconds"),
  ...spellings(1_000, "s", "sec", "secs", "second", "seconds"),
  ...spellings(60_000, "m", "min", "mins", "minute", "minutes"),
  ...spellings(3_600_000, "h", "hr", "hrs", "hour", "hours"),
  ...spellings(86_400_000, "d", "day", "days"),
]);

const longestText = 64;
const durationText = /^(?: *\d+(?:\.\d+)? *[a-zµ]+)+$/;
const durationPart = /(\d+(?:\.\d+)?) *([a-zµ]+)/g;

/**
 * Reads a duration such as `250ms`, `10s`, `1m30s`, `11 seconds` or `3 minutes`: whole milliseconds, or
 * `undefined` when it is none. What is more than nothing is at least one millisecond.
 */
export function parseDuration(text: string): number | undefined {
  if (text.length > longestText || !durationText.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(durationPart)) {
    const factor = unitMs.get(unit!);
    if (factor === undefined) return undefined;
    totalMs += Number(amount) * factor;
  }
  const wholeMs = totalMs > 0 ? Math.max(Math.round(totalMs), 1) : 0;
  return Number.isSafeInteger(wholeMs) ? wholeMs : undefined;
}

/** Writes a duration in the largest unit that needs no fraction. {@link parseDuration} reads it back. */
export function formatDuration(durationMs: number): string {
  if (durationMs === 0) return "0s";
  const fitting = ["h", "m", "s"].find((unit) => durationMs % unitMs.get(unit)! === 0);
  return fitting === undefined ? `${durationMs}ms` : `${durationMs / unitMs.get(fitting)!}${fitting}`;
}

function spellings(ms: number, ...units: readonly string[]): [string, number][] {
  return units.map((unit) => [unit, ms]);
}
