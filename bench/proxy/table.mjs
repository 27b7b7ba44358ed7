/**
 * @typedef {object} Table
 * @property {string} title
 * @property {readonly string[]} columns the first is left-aligned, the others right-aligned
 * @property {readonly (readonly string[])[]} rows
 * @property {readonly string[]} notes
 */

/** Lays a table out for a terminal: aligned columns, title above, notes below. */
export function textTable(/** @type {Table} */ table) {
  const widths = columnWidths(table);
  const line = (/** @type {readonly string[]} */ cells) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  ");
  return [
    table.title,
    "",
    line(table.columns),
    widths.map((width) => "-".repeat(width)).join("  "),
    ...table.rows.map(line),
    ...table.notes.map((note) => `  ${note}`),
    "",
  ].join("\n");
}

/** Lays the same table out in markdown, padded so that its source is readable too. */
export function markdownTable(/** @type {Table} */ table) {
  const widths = columnWidths(table);
  const line = (/** @type {readonly string[]} */ cells) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(" | ")} |`;
  const rule = widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [
    `**${table.title}**`,
    "",
    line(table.columns),
    line(rule),
    ...table.rows.map(line),
    "",
    ...table.notes.map((note) => `* ${note}`),
    "",
  ].join("\n");
}

/** A number with a thousands separator and `digits` decimals; `–` when there is none. */
export function number(/** @type {number} */ value, digits = 0) {
  if (!Number.isFinite(value)) return "–";
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** `0.42×`; `–` when there is nothing to compare with. */
export function times(/** @type {number} */ ratio) {
  return Number.isFinite(ratio) ? `${number(ratio, 2)}×` : "–";
}

/** `0.31` as `31 %`. */
export function percent(/** @type {number} */ ratio) {
  return Number.isFinite(ratio) ? `${number(ratio * 100)} %` : "–";
}

function columnWidths(/** @type {Table} */ { columns, rows }) {
  return columns.map((column, i) => Math.max(3, column.length, ...rows.map((row) => row[i].length)));
}
