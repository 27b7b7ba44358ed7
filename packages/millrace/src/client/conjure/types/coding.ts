import { type ConjureType, DecodeError, type PlainType, type Reading, within } from "./type.js";

/** Who reads a value. */
export interface DecodeOptions {
  /**
   * Refuses fields, enum values and variants that the type does not have, as servers must; clients keep them.
   * @defaultValue true
   */
  readonly strict?: boolean | undefined;
}

/** Writes a value as the JSON of a body; an empty text for a value that is absent. */
export function encodeJson<T>(type: ConjureType<T>, value: T): string {
  return JSON.stringify(type.toJson(value)) ?? "";
}

/**
 * Reads the JSON of a body. An empty one is the empty value of the type, if it has one.
 *
 * @throws DecodeError when `text` is no JSON, or no such value; servers answer it with 400
 */
export function decodeJson<T>(type: ConjureType<T>, text: string, options: DecodeOptions = {}): T {
  if (text === "" && type.empty) return type.empty.value;
  return type.fromJson(parsed(text), readingOf(options));
}

/**
 * Reads a parameter of a path or a header. `undefined` where it is missing.
 *
 * @param name for the error: `header X-Token`
 * @throws DecodeError when it is missing, or no such value; servers answer it with 400
 */
export function decodeParameter<T>(
  type: PlainType<T>,
  name: string,
  value: string | undefined,
  options: DecodeOptions = {},
): T {
  return within(name, () => {
    if (value === undefined) throw new DecodeError(type.expected, "nothing");
    return type.fromPlain(value, readingOf(options));
  });
}

/**
 * Reads a parameter that may be missing, or be there many times: the values of a query under one name.
 *
 * @throws DecodeError when one of them is no such value; servers answer it with 400
 */
export function decodeParameters<T>(
  type: PlainType<T>,
  name: string,
  values: readonly string[],
  options: DecodeOptions = {},
): readonly T[] {
  const reading = readingOf(options);
  return values.map((value, at) => within(`${name}[${at}]`, () => type.fromPlain(value, reading)));
}

function readingOf({ strict = true }: DecodeOptions): Reading {
  return { strict, depth: 0 };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DecodeError("JSON", text === "" ? "nothing" : "something else");
  }
}
