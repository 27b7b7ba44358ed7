import { type ConjureType, DecodeError, deeper, kindOf, type PlainType, within } from "./type.js";

/** A value or none; in JSON one that is left out, or null. */
export function optional<T>(type: ConjureType<T>): ConjureType<T | undefined> {
  return {
    expected: `${type.expected}, or nothing`,
    empty: { value: undefined },
    toJson: (value) => (value === undefined ? undefined : type.toJson(value)),
    fromJson: (json, reading) =>
      json === null || json === undefined ? undefined : type.fromJson(json, reading),
  };
}

/** Values in order. */
export function list<T>(type: ConjureType<T>): ConjureType<readonly T[]> {
  return sequence("a list", type, false);
}

/** Values without order, each once. Servers refuse one that is there twice, clients keep it once. */
export function set<T>(type: ConjureType<T>): ConjureType<readonly T[]> {
  return sequence("a list without repetitions", type, true);
}

/** Values by key. Keys stay the text that they are on the wire. */
export function map<V>(
  key: PlainType<unknown>,
  type: ConjureType<V>,
): ConjureType<Readonly<Record<string, V>>> {
  const expected = "an object";
  return {
    expected,
    empty: { value: {} },
    toJson: (value) =>
      Object.fromEntries(Object.entries(value).map(([name, item]) => [name, type.toJson(item)])),
    fromJson: (json, reading) => {
      if (json === null || json === undefined) return {};
      const inner = deeper(reading);
      const entries = Object.entries(recordOf(json, expected)).map(([name, item]) => {
        const read = () => {
          key.fromPlain(name, inner);
          return type.fromJson(item, inner);
        };
        return [name, within(`[${JSON.stringify(name)}]`, read)] as const;
      });
      return Object.fromEntries(entries);
    },
  };
}

/** `json` if it is an object. */
export function recordOf(json: unknown, expected: string): Readonly<Record<string, unknown>> {
  if (typeof json === "object" && json !== null && !Array.isArray(json))
    return json as Record<string, unknown>;
  throw new DecodeError(expected, kindOf(json));
}

function sequence<T>(expected: string, type: ConjureType<T>, unique: boolean): ConjureType<readonly T[]> {
  return {
    expected,
    empty: { value: [] },
    toJson: (value) => value.map((item) => type.toJson(item)),
    fromJson: (json, reading) => {
      if (json === null || json === undefined) return [];
      if (!Array.isArray(json)) throw new DecodeError(expected, kindOf(json));
      const inner = deeper(reading);
      const items = json.map((item, at) => within(`[${at}]`, () => type.fromJson(item, inner)));
      if (!unique) return items;
      const distinct = withoutRepetitions(items, type);
      if (reading.strict && distinct.length < items.length) throw new DecodeError(expected, "a repetition");
      return distinct;
    },
  };
}

/** Two values are one when they are written alike. */
function withoutRepetitions<T>(items: readonly T[], type: ConjureType<T>): T[] {
  const written = new Map<string, T>();
  for (const item of items) {
    const text = JSON.stringify(type.toJson(item)) ?? "";
    if (!written.has(text)) written.set(text, item);
  }
  return [...written.values()];
}
