const unitMs: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

const unitBytes: ReadonlyMap<string, number> = new Map([
  ["B", 1],
  ["kB", 1_000],
  ["KB", 1_000],
  ["MB", 1_000_000],
  ["GB", 1_000_000_000],
  ["KiB", 1_024],
  ["MiB", 1_048_576],
  ["GiB", 1_073_741_824],
]);

const durationText = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;
const durationPart = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;
const sizeText = /^(\d+(?:\.\d+)?) ?([a-zA-Z]+)$/;

/** Reads a duration such as `250ms`, `10s` or `1m30s`: whole milliseconds, or `undefined` when it is none. */
export function parseDuration(text: string): number | undefined {
  if (!durationText.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(durationPart)) totalMs += Number(amount) * unitMs.get(unit!)!;
  const wholeMs = Math.round(totalMs);
  return Number.isSafeInteger(wholeMs) ? wholeMs : undefined;
}

/** Writes a duration in the largest unit that needs no fraction. {@link parseDuration} reads it back. */
export function formatDuration(durationMs: number): string {
  const fitting = ["h", "m", "s"].find((unit) => durationMs % unitMs.get(unit)! === 0);
  if (durationMs === 0 || fitting === undefined) return durationMs === 0 ? "0s" : `${durationMs}ms`;
  return `${durationMs / unitMs.get(fitting)!}${fitting}`;
}

/** Reads a size such as `512B`, `16KiB` or `1.5MB`: whole bytes, or `undefined` when it is none. */
export function parseSize(text: string): number | undefined {
  const [, amount, unit] = sizeText.exec(text) ?? [];
  const factor = unitBytes.get(unit ?? "");
  if (factor === undefined) return undefined;
  const bytes = Number(amount) * factor;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Writes a size in the largest binary unit that needs no fraction. {@link parseSize} reads it back. */
export function formatSize(bytes: number): string {
  const fitting = ["GiB", "MiB", "KiB"].find((unit) => bytes > 0 && bytes % unitBytes.get(unit)! === 0);
  return fitting === undefined ? `${bytes}B` : `${bytes / unitBytes.get(fitting)!}${fitting}`;
}
