/** Returns the one of `known` that is most like `word`, or `undefined` when none is like it at all. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const wanted = word.toLowerCase().replace(/[-_]/g, "");
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of known) {
    const distance = editDistance(wanted, name.toLowerCase());
    if (distance < (best?.distance ?? Infinity)) best = { name, distance };
  }
  return best && best.distance <= Math.max(2, wanted.length / 3) ? best.name : undefined;
}

/** Levenshtein distance, one row at a time. Words longer than any name of ours are not worth the work. */
function editDistance(left: string, right: string): number {
  if (left.length > 64) return Infinity;
  let row = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (const [line, char] of [...left].entries()) {
    const next = [line + 1];
    for (let column = 1; column <= right.length; column++) {
      const substituted = row[column - 1]! + (char === right[column - 1] ? 0 : 1);
      next.push(Math.min(substituted, row[column]! + 1, next[column - 1]! + 1));
    }
    row = next;
  }
  return row[right.length]!;
}
