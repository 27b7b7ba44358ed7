import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type LineCounter,
  type Pair,
  type YAMLMap,
} from "yaml";
import type { ConfigIssue, Position } from "./issues.js";

/** Where things are in a YAML text. */
export class Positions {
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #entries = new Map<YAMLMap, ReadonlyMap<string, Pair>>();

  constructor(document: Document, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  /** The place of an issue: its key for an unknown one, else its value, else what holds it. */
  of({ path, at }: Pick<ConfigIssue, "path" | "at">): Position {
    let node: unknown = this.#document.contents;
    for (const [nth, part] of path.entries()) {
      const pair = isMap(node) ? this.pair(node, String(part)) : undefined;
      if (pair && at === "key" && nth === path.length - 1) return this.ofNode(pair.key);
      const next: unknown = pair ? pair.value : isSeq(node) ? node.items[Number(part)] : undefined;
      if (!isNode(next)) break;
      node = next;
    }
    return this.ofNode(node);
  }

  /** The place where a node begins; the first of the text for none. */
  ofNode(node: unknown): Position {
    return this.ofOffset(isNode(node) ? (node.range?.[0] ?? 0) : 0);
  }

  /** The place of a character, counted from 0. */
  ofOffset(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  /** What stands under a name in a group: of several, the first. */
  pair(map: YAMLMap, name: string): Pair | undefined {
    let entries = this.#entries.get(map);
    if (!entries) {
      entries = entriesOf(map);
      this.#entries.set(map, entries);
    }
    return entries.get(name);
  }
}

function entriesOf(map: YAMLMap): ReadonlyMap<string, Pair> {
  const entries = new Map<string, Pair>();
  for (const pair of map.items) {
    const name = keyText(pair.key);
    if (name !== undefined && !entries.has(name)) entries.set(name, pair);
  }
  return entries;
}

/** The name that a key, or what an alias in its place stands for, is; `undefined` for lists, groups and nothing. */
export function keyText(key: unknown): string | undefined {
  const value = isScalar(key) ? key.value : key;
  const isName = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  return isName ? String(value) : undefined;
}
