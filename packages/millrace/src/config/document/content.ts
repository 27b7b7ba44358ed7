import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Pair, type YAMLMap } from "yaml";
import { type ConfigIssue, formatPath } from "./issues.js";
import { keyText, type Positions } from "./positions.js";

/** What a document holds. */
export interface Content {
  /** Plain objects, lists and values; what aliases stand for is shared. */
  readonly value: unknown;
  /** What the grammar lets pass, and no reader would: names that stand twice, aliases of nothing. */
  readonly faults: readonly ConfigIssue[];
}

/** Takes the values out of a document without faults of grammar, in one pass. */
export function contentOf(document: Document, positions: Positions): Content {
  const reader = new ContentReader(positions);
  const value = reader.read(document.contents, undefined);
  return { value, faults: reader.faults };
}

/** How often an alias may be used; one within what another stands for counts as often as that is used. */
const mostUses = 100;

interface Anchored {
  /** `undefined` until all of it has been read. */
  read: { readonly value: unknown } | undefined;
  count: number;
  /** Uses of aliases that each use of it stands for. */
  weight: number;
}

/** The way down to a value. */
interface Place {
  readonly above: Place | undefined;
  readonly part: string | number;
}

/**
 * The parser would do this as well, in a time that grows with the square of the entries of a group, and of the aliases. And
 * it would not say where what is wrong.
 */
class ContentReader {
  readonly faults: ConfigIssue[] = [];
  readonly #positions: Positions;
  readonly #anchors = new Map<string, Anchored>();
  /** The heaviest of the aliases read so far, in what has an anchor. */
  #heaviest = 1;

  constructor(positions: Positions) {
    this.#positions = positions;
  }

  read(node: unknown, place: Place | undefined): unknown {
    if (isAlias(node)) return this.#meant(node, place);
    if (!isMap(node) && !isSeq(node) && !isScalar(node)) return null;
    if (node.anchor === undefined) return this.#plain(node, place);
    const before = this.#heaviest;
    const anchored: Anchored = { read: undefined, count: 1, weight: 1 };
    this.#heaviest = 1;
    this.#anchors.set(node.anchor, anchored);
    const value = this.#plain(node, place);
    anchored.read = { value };
    anchored.weight = this.#heaviest;
    this.#heaviest = Math.max(before, this.#heaviest);
    return value;
  }

  #plain(node: unknown, place: Place | undefined): unknown {
    if (isMap(node)) return this.#group(node, place);
    if (isScalar(node)) return node.value;
    if (!isSeq(node)) return null;
    return node.items.map((item, part) => this.read(item, { above: place, part }));
  }

  #group(map: YAMLMap, place: Place | undefined): Record<string, unknown> {
    const group: Record<string, unknown> = {};
    const merged: unknown[] = [];
    for (const pair of map.items) {
      if (isMergeKey(pair)) merged.push(this.read(pair.value, { above: place, part: "<<" }));
      else this.#entry(group, { map, pair, place });
    }
    for (const source of merged.flat()) {
      // What a group says itself goes before, and what comes first before what comes later.
      if (isGroup(source)) for (const [key, value] of Object.entries(source)) put(group, key, value);
      else this.#fault(map, { above: place, part: "<<" }, "expected a group of settings to be merged");
    }
    return group;
  }

  #entry(
    group: Record<string, unknown>,
    { map, pair, place }: { readonly map: YAMLMap; readonly pair: Pair; readonly place: Place | undefined },
  ): void {
    const name = keyText(this.read(pair.key, place));
    if (name === undefined) {
      this.#fault(pair.key ?? map, place, "expected a name, found what is none");
      return;
    }
    const within = { above: place, part: name };
    const value = this.read(pair.value, within);
    if (put(group, name, value)) return;
    const { line } = this.#positions.ofNode(this.#positions.pair(map, name)?.key ?? map);
    this.#fault(pair.key, within, `expected each name once; this one is on line ${line} already`);
  }

  /** What an alias stands for. */
  #meant(alias: Alias, place: Place | undefined): unknown {
    const anchored = this.#anchors.get(alias.source);
    if (!anchored?.read) {
      const message = anchored
        ? `found *${alias.source} within what it stands for`
        : `expected &${alias.source} before *${alias.source}`;
      this.#fault(alias, place, message);
      return null;
    }
    anchored.count += 1;
    const weight = anchored.count * anchored.weight;
    this.#heaviest = Math.max(this.#heaviest, weight);
    if (weight <= mostUses) return anchored.read.value;
    this.#fault(alias, place, `expected at most ${mostUses} uses of aliases (*name)`);
    return null;
  }

  #fault(node: unknown, place: Place | undefined, message: string): void {
    const path: (string | number)[] = [];
    for (let at = place; at; at = at.above) path.unshift(at.part);
    const position = this.#positions.ofNode(node);
    this.faults.push({ path, at: "key", field: formatPath(path), message, position });
  }
}

/** Puts a value under a name; false, and nothing done, where there is one. */
function put(group: Record<string, unknown>, name: string, value: unknown): boolean {
  if (Object.hasOwn(group, name)) return false;
  // Where an object takes a name for its prototype's, to set it is something else.
  if (name in group) Object.defineProperty(group, name, { value, ...plain });
  else group[name] = value;
  return true;
}

const plain = { configurable: true, enumerable: true, writable: true };

function isMergeKey({ key }: Pair): boolean {
  return isScalar(key) && key.value === "<<" && key.type === "PLAIN";
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
