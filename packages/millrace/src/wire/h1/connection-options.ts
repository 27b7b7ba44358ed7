import { trimBlanks } from "../http/characters.js";
import { FieldId } from "../http/field-id.js";
import type { Fields } from "../http/fields.js";

/**
 * Whether the `Connection` field lists `option` (RFC 9110 §7.6.1). `option` is in lower case.
 */
export function hasConnectionOption(fields: Fields, option: string): boolean {
  if (!fields.hasId(FieldId.connection)) return false;
  for (let at = 0; at < fields.size; at++) {
    if (fields.idAt(at) === FieldId.connection && listHas(fields.valueAt(at), option)) return true;
  }
  return false;
}

/** Whether the sender of these fields keeps the connection open after this message (RFC 9112 §9.3). */
export function isPersistent(fields: Fields, minorVersion: number): boolean {
  if (!fields.hasId(FieldId.connection)) return minorVersion === 1;
  if (hasConnectionOption(fields, "close")) return false;
  return minorVersion === 1 || hasConnectionOption(fields, "keep-alive");
}

/** Whether the fields of a 101 switch to protocols that were `asked` for, and to no other (RFC 9110 §7.8). */
export function acceptsUpgrade(asked: string | undefined, fields: Fields): boolean {
  const given = fields.getList("upgrade");
  if (asked === undefined || given === undefined || !hasConnectionOption(fields, "upgrade")) return false;
  return given.split(",").every((protocol) => listHas(asked, protocol.trim().toLowerCase()));
}

/** Whether a comma-separated list has `item`, regardless of case. `item` is in lower case. */
export function listHas(list: string, item: string): boolean {
  if (list.length === item.length) return list === item || list.toLowerCase() === item;
  if (list.length < item.length || !list.includes(",")) return false;
  for (const part of list.split(",")) {
    if (trimBlanks(part).toLowerCase() === item) return true;
  }
  return false;
}
