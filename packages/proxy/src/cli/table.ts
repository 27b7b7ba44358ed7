/** Writes rows in columns: text to the left, numbers to the right, under a line of headings. */
export function formatTable(
  headings: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const lines = [headings, ...rows].map((row) => row.map(String));
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const right = headings.map(
    (_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === "number"),
  );
  return lines.map((line) => formatLine(line, widths, right)).join("\n");
}

function formatLine(line: readonly string[], widths: readonly number[], right: readonly boolean[]): string {
  const cells = line.map((cell, column) => {
    const width = widths[column]!;
    return right[column] ? cell.padStart(width) : cell.padEnd(width);
  });
  return cells.join("  ").trimEnd();
}
