/**
 * A value in the PLAIN format: what `String` makes of it.
 *
 * @throws TypeError for an object that has no text of its own, which would be sent as `[object Object]`
 */
export function plainText(value: unknown): string {
  if (typeof value === "object" && value !== null && value.toString === Object.prototype.toString) {
    throw new TypeError("an object has no PLAIN format");
  }
  return String(value);
}

/** Query parameters, or the fields of a form: null ones are left out, lists and sets are repeated. */
export function encodeParameters(parameters: Readonly<Record<string, unknown>>): string {
  let text = "";
  for (const [name, value] of Object.entries(parameters)) {
    const values: Iterable<unknown> = Array.isArray(value) || value instanceof Set ? value : [value];
    for (const item of values) {
      if (item === null || item === undefined) continue;
      text += `&${encoded(name)}=${encoded(plainText(item))}`;
    }
  }
  return text.slice(1);
}

/** As URLs have it: `'` is legal, and yet the one mark that `encodeURIComponent` leaves and `URL` does not. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll("'", "%27");
}
