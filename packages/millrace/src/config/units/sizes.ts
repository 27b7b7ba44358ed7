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

const sizeText = /^(\d+(?:\.\d+)?) ?([a-zA-Z]+)$/;

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
