import { isFieldValue, isToken } from "../wire/http/characters.js";
import { FieldId, fieldId } from "../wire/http/field-id.js";
import { Fields } from "../wire/http/fields.js";

/** Header fields as callers like to write them. Several values of one name become several lines. */
export type FieldsInit =
  | Fields
  | Iterable<readonly [name: string, value: string]>
  | Readonly<Record<string, string | number | readonly string[] | undefined>>;

/**
 * Makes fields of what a caller gives, always new ones.
 *
 * @throws TypeError when a name or a value cannot be sent
 */
export function fieldsFrom(init: FieldsInit | undefined): Fields {
  if (init === undefined) return new Fields();
  if (init instanceof Fields) return init.clone();
  if (typeof init !== "object")
    throw new TypeError(`header fields are pairs or an object, not ${typeof init}`);
  const fields = new Fields();
  if (isIterable(init)) {
    for (const pair of init) {
      if (pair.length !== 2) throw new TypeError(`header fields are pairs, and one has ${pair.length} parts`);
      appendField(fields, pair[0], pair[1]);
    }
    return fields;
  }
  for (const name of Object.keys(init)) {
    const value = init[name];
    if (typeof value === "string") appendField(fields, name, value);
    else if (Array.isArray(value))
      for (const one of value as readonly string[]) appendField(fields, name, one);
    else if (value !== undefined) appendField(fields, name, String(value));
  }
  return fields;
}

/**
 * Adds a line as `fetch` does: blanks and line ends around the value are cut off.
 *
 * @throws TypeError when name or value cannot be sent
 */
export function appendField(fields: Fields, name: string, value: string): void {
  if (!isToken(name)) throw new TypeError(`${JSON.stringify(name)} is no name for a field`);
  let clean = value;
  if (!isFieldValue(value)) {
    clean = String(value).replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, "");
    if (!isFieldValue(clean))
      throw new TypeError(`${JSON.stringify(clean)} is no value for the field ${name}`);
  }
  fields.push(fieldId(name), name, clean);
}

/** The authority to send as `Host`: the one a caller has set, else that of the place. */
export function authorityOf(fields: Fields, authority: string): string {
  return fields.hasId(FieldId.host) ? fields.getId(FieldId.host)! : authority;
}

function isIterable(value: object): value is Iterable<readonly [string, string]> {
  return typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === "function";
}
