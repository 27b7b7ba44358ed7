import { FieldId, type Fields } from "millrace/wire";

/** How often a request may have come through proxies of our name before it is taken for a loop. */
const mostPassages = 10;

/** The `Via` of a request that goes on (RFC 9110 §7.6.3): what it had, and this hop. */
export function viaOf(fields: Fields, minorVersion: number, pseudonym: string): string {
  const own = minorVersion === 0 ? `1.0 ${pseudonym}` : `1.1 ${pseudonym}`;
  const before = fields.hasId(FieldId.via) ? fields.getList("via") : undefined;
  return before === undefined ? own : `${before}, ${own}`;
}

/** Whether a request has come through proxies of our name so often that it must be going in circles. */
export function isLooping(fields: Fields, pseudonym: string): boolean {
  if (!fields.hasId(FieldId.via)) return false;
  const passages = fields
    .getList("via")!
    .split(",")
    .filter((hop) => hop.trim().split(/\s+/)[1] === pseudonym);
  return passages.length >= mostPassages;
}
