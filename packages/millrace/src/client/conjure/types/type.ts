/** How values of a Conjure type go over the wire. */
export interface ConjureType<T> {
  /** What a value is, for messages: `a whole number of 32 bits`. */
  readonly expected: string;
  /** What stands for a value that is absent or null, for types that have such a one; else `undefined`. */
  readonly empty: { readonly value: T } | undefined;
  /** The value as JSON; `undefined` for one that is left out. */
  toJson(value: T): unknown;
  /** @throws DecodeError when `json` is no such value */
  fromJson(json: unknown, reading: Reading): T;
}

/** A type whose values can stand in a path, a query, a header, or as the key of a map. */
export interface PlainType<T> extends ConjureType<T> {
  /** The value in the PLAIN format. */
  toPlain(value: T): string;
  /** @throws DecodeError when `text` is no such value */
  fromPlain(text: string, reading: Reading): T;
}

/**
 * How values are read. Servers are strict: what they do not know is an error of the client. Clients keep fields,
 * enum values and union variants that they do not know, for servers may be newer.
 */
export interface Reading {
  /** Whether what is not known is an error, as for servers. */
  readonly strict: boolean;
  /** How deep the value is nested. */
  readonly depth: number;
}

const maxDepth = 500;

/** The reading of what is inside. */
export function deeper({ strict, depth }: Reading): Reading {
  if (depth >= maxDepth) throw new DecodeError(`a value nested at most ${maxDepth} deep`, "more");
  return { strict, depth: depth + 1 };
}

/** A value that is not what its type says. Servers answer it with 400. */
export class DecodeError extends Error {
  /** Always `DecodeError`. */
  override readonly name: string = "DecodeError";
  /** What was expected. */
  readonly expected: string;
  /** What was found; a kind of value, not the value. */
  readonly found: string;
  /** Where: `widgets[3].id`; empty for the value itself. Holds names that the peer chose. */
  readonly path: string;
  /** The status with which servers answer. */
  readonly statusCode = 400;

  constructor(expected: string, found: string, path = "") {
    super(`${path === "" ? "" : `${path}: `}expected ${expected}, found ${found}`);
    this.expected = expected;
    this.found = found;
    this.path = path;
  }
}

/** Reads what is inside something; an error of it is told with its place. */
export function within<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const { path } = error;
    const joined = path === "" || path.startsWith("[") ? `${place}${path}` : `${place}.${path}`;
    throw new DecodeError(error.expected, error.found, joined);
  }
}

/** What kind of value something is, for messages that must not hold the value. */
export function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number") return Number.isInteger(value) ? "a whole number" : "a number";
  return typeof value === "string" ? "text" : `a value of type ${typeof value}`;
}
