import { type Document, isMap, isNode, isPair, type LineCounter } from "yaml";
import type { ConfigIssue, Position } from "./issues.js";

/** Finds where in a YAML text an issue is: its key for an unknown one, else its value, else what holds it. */
export function issuePosition(document: Document, lines: LineCounter, { path, at }: ConfigIssue): Position {
  const offset = (at === "key" ? keyOffset(document, path) : undefined) ?? valueOffset(document, path) ?? 0;
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** Where the value at `path` begins, or the closest thing around it that is there. */
function valueOffset(document: Document, path: readonly (string | number)[]): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0];
}

function keyOffset(document: Document, path: readonly (string | number)[]): number | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find((item) => isPair(item) && String(item.key) === path.at(-1));
  return isNode(pair?.key) ? pair.key.range?.[0] : undefined;
}
