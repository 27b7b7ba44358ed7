import { recordOf } from "./containers.js";
import { type ConjureType, DecodeError, deeper, kindOf, within } from "./type.js";

/** The values of an object whose fields have these types. */
export type ObjectOf<Fields extends Readonly<Record<string, ConjureType<unknown>>>> = {
  readonly [Name in keyof Fields as undefined extends ValueOf<Fields[Name]> ? never : Name]: ValueOf<
    Fields[Name]
  >;
} & {
  readonly [Name in keyof Fields as undefined extends ValueOf<Fields[Name]> ? Name : never]?: ValueOf<
    Fields[Name]
  >;
};

/** The values of a type. */
export type ValueOf<Type> = Type extends ConjureType<infer T> ? T : never;

/** The values of a union whose variants have these types: `{ type: "square", square: … }`. */
export type UnionOf<Variants extends Readonly<Record<string, ConjureType<unknown>>>> = {
  readonly [Name in keyof Variants & string]: { readonly type: Name } & {
    readonly [Key in Name]: ValueOf<Variants[Key]>;
  };
}[keyof Variants & string];

/** Named fields. Absent ones are empty where their type can be. Clients keep fields that they do not know. */
export function object<Fields extends Readonly<Record<string, ConjureType<unknown>>>>(
  fields: Fields,
): ConjureType<ObjectOf<Fields>> {
  const expected = "an object";
  const names = Object.keys(fields);
  return {
    expected,
    empty: undefined,
    toJson: (value) => {
      const json = new Map<string, unknown>(Object.entries(value));
      for (const name of names) {
        const field = fields[name]!.toJson(json.get(name));
        if (field === undefined) json.delete(name);
        else json.set(name, field);
      }
      return Object.fromEntries(json);
    },
    fromJson: (json, reading) => {
      const record = recordOf(json, expected);
      const inner = deeper(reading);
      const value = new Map<string, unknown>(reading.strict ? [] : Object.entries(record));
      for (const name of names) {
        const found = Object.hasOwn(record, name) ? record[name] : undefined;
        value.set(
          name,
          within(name, () => fields[name]!.fromJson(found, inner)),
        );
      }
      if (reading.strict) refuseOthers(record, (name) => Object.hasOwn(fields, name), names.join(", "));
      return Object.fromEntries(value) as ObjectOf<Fields>;
    },
  };
}

/** One of several variants, and nothing beside it. Clients keep variants that they do not know. */
export function union<Variants extends Readonly<Record<string, ConjureType<unknown>>>>(
  variants: Variants,
): ConjureType<UnionOf<Variants>> {
  const expected = `{ type, … } with one of ${Object.keys(variants).join(", ")}`;
  return {
    expected,
    empty: undefined,
    toJson: (value) => {
      const { type } = value;
      const variant = Object.hasOwn(variants, type) ? variants[type] : undefined;
      return variant ? { type, [type]: variant.toJson((value as Record<string, unknown>)[type]) } : value;
    },
    fromJson: (json, reading) => {
      const record = recordOf(json, expected);
      const type = record["type"];
      if (typeof type !== "string" || type === "type" || !Object.hasOwn(record, type))
        throw new DecodeError(expected, kindOf(type));
      refuseOthers(record, (name) => name === "type" || name === type, `type, ${type}`);
      const variant = Object.hasOwn(variants, type) ? variants[type] : undefined;
      if (!variant && reading.strict) throw new DecodeError(expected, "another variant");
      const inner = deeper(reading);
      const value = variant ? within(type, () => variant.fromJson(record[type], inner)) : record[type];
      return { type, [type]: value } as UnionOf<Variants>;
    },
  };
}

/** A type that is made when it is first needed: for types that contain themselves. */
export function lazy<T>(make: () => ConjureType<T>): ConjureType<T> {
  let made: ConjureType<T> | undefined;
  const type = () => (made ??= make());
  return {
    get expected() {
      return type().expected;
    },
    get empty() {
      return type().empty;
    },
    toJson: (value) => type().toJson(value),
    fromJson: (json, reading) => type().fromJson(json, reading),
  };
}

function refuseOthers(
  record: Readonly<Record<string, unknown>>,
  known: (name: string) => boolean,
  expected: string,
): void {
  for (const name of Object.keys(record)) {
    if (!known(name)) throw new DecodeError(`none but ${expected}`, "another field", JSON.stringify(name));
  }
}
