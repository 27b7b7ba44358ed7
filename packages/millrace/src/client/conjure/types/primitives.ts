import { type ConjureType, DecodeError, kindOf, type PlainType, type Reading } from "./type.js";

/** `true` or `false`. */
export const boolean: PlainType<boolean> = {
  expected: "true or false",
  empty: undefined,
  toJson: (value) => value,
  fromJson: (json) => (typeof json === "boolean" ? json : fail(boolean.expected, json)),
  toPlain: (value) => String(value),
  fromPlain: (text) => (text === "true" || text === "false" ? text === "true" : fail(boolean.expected, text)),
};

/** A whole number of 32 bits. */
export const integer: PlainType<number> = wholeNumber("a whole number of 32 bits", -(2 ** 31), 2 ** 31 - 1);

/** A whole number that JavaScript can hold exactly. */
export const safelong: PlainType<number> = wholeNumber(
  "a whole number from -(2^53-1) to 2^53-1",
  Number.MIN_SAFE_INTEGER,
  Number.MAX_SAFE_INTEGER,
);

const numberPattern = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
const notFinite: ReadonlySet<unknown> = new Set(["NaN", "Infinity", "-Infinity"]);

/** Any number; those that JSON has no form for are the texts `NaN`, `Infinity` and `-Infinity`. */
export const double: PlainType<number> = {
  expected: "a number",
  empty: undefined,
  toJson: (value) => (Number.isFinite(value) ? value : String(value)),
  fromJson: (json) => {
    if (typeof json === "number") return json;
    return notFinite.has(json) ? Number(json) : fail(double.expected, json);
  },
  toPlain: String,
  fromPlain: (text) =>
    numberPattern.test(text) || notFinite.has(text) ? Number(text) : fail(double.expected, text),
};

/** Any text. */
export const string: PlainType<string> = text("text", /(?:)/);

/** A moment with its offset, in ISO 8601. */
export const datetime: PlainType<string> = text(
  "a time in ISO 8601 with offset",
  /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d\d:\d\d)$/,
  (value) => !Number.isNaN(Date.parse(value.toUpperCase())),
);

/** A UUID. */
export const uuid: PlainType<string> = text(
  "a UUID",
  /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/,
);

/** A resource identifier. */
export const rid: PlainType<string> = text(
  "a resource identifier",
  /^ri\.[a-z][a-z0-9-]*\.(?:[a-z0-9][a-z0-9-]*)?\.[a-z][a-z0-9-]*\.[a-zA-Z0-9_.-]+$/,
);

/** A bearer token; never to be logged. */
export const bearertoken: PlainType<string> = text("a bearer token", /^[A-Za-z0-9._~+/-]+=*$/);

/** Bytes, in JSON as base64. */
export const binary: PlainType<Uint8Array> = {
  expected: "bytes in base64",
  empty: undefined,
  toJson: (value) => binary.toPlain(value),
  fromJson: (json, reading) =>
    typeof json === "string" ? binary.fromPlain(json, reading) : fail(binary.expected, json),
  toPlain: ({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength).toString("base64"),
  fromPlain: (text) => {
    const bytes = Buffer.from(text, "base64");
    // Node reads whatever it can: only what it would write itself is base64.
    return bytes.toString("base64") === text ? bytes : fail(binary.expected, text);
  },
};

const enumPattern = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/;

/** One of `names`. A client also takes names that it does not know, if they look like one. */
export function enumOf<Name extends string>(...names: readonly Name[]): PlainType<Name> {
  const expected = `one of ${names.join(", ")}`;
  const known: ReadonlySet<string> = new Set(names);
  const read = (value: unknown, { strict }: Reading): Name => {
    if (typeof value !== "string") return fail(expected, value);
    return known.has(value) || (!strict && enumPattern.test(value)) ? (value as Name) : fail(expected, value);
  };
  return written(expected, read);
}

/** Any JSON but null. */
export const any: ConjureType<unknown> = {
  expected: "any value",
  empty: undefined,
  toJson: (value) => value,
  fromJson: (json) => (json === null || json === undefined ? fail(any.expected, json) : json),
};

function wholeNumber(expected: string, min: number, max: number): PlainType<number> {
  const within = (value: number) => Number.isInteger(value) && value >= min && value <= max;
  return {
    expected,
    empty: undefined,
    toJson: (value) => value,
    fromJson: (json) => (typeof json === "number" && within(json) ? json : fail(expected, json)),
    toPlain: String,
    fromPlain: (text) =>
      /^-?(?:0|[1-9][0-9]*)$/.test(text) && within(Number(text)) ? Number(text) : fail(expected, text),
  };
}

function text(expected: string, pattern: RegExp, valid = (_value: string) => true): PlainType<string> {
  const read = (value: unknown) =>
    typeof value === "string" && pattern.test(value) && valid(value) ? value : fail(expected, value);
  return written(expected, read);
}

/** What is the same text in JSON and on its own. */
function written<T extends string>(
  expected: string,
  read: (value: unknown, reading: Reading) => T,
): PlainType<T> {
  return {
    expected,
    empty: undefined,
    toJson: (value) => value,
    fromJson: read,
    toPlain: String,
    fromPlain: read,
  };
}

function fail(expected: string, found: unknown): never {
  throw new DecodeError(expected, kindOf(found));
}
