/** A path with places for values, taken apart. */
export interface PathPlaces {
  /** The path without the patterns in its places, for metrics and limits: `/widgets/{id}`. */
  readonly path: string;
  /** What stands before, between and after the places, ready to be sent; one more than there are names. */
  readonly literals: readonly string[];
  /** The names of the places, in order. */
  readonly names: readonly string[];
}

/**
 * Takes a path apart. A place is `{name}` or `{name:pattern}`, and a pattern may hold braces in pairs.
 * `undefined` when braces do not match, or a place has no name.
 */
export function placesOf(template: string): PathPlaces | undefined {
  const literals: string[] = [];
  const names: string[] = [];
  let at = 0;
  for (let open = template.indexOf("{"); open >= 0; open = template.indexOf("{", at)) {
    const close = closingBrace(template, open);
    const name = template
      .slice(open + 1, close)
      .split(":", 1)[0]!
      .trim();
    if (close < 0 || name === "") return undefined;
    literals.push(template.slice(at, open));
    names.push(name);
    at = close + 1;
  }
  literals.push(template.slice(at));
  if (literals.some((literal) => literal.includes("}"))) return undefined;
  const escaped = literals.map(escapeLiteral);
  const path = escaped
    .map((literal, nth) => literal + (nth < names.length ? `{${names[nth]}}` : ""))
    .join("");
  return { path, literals: escaped, names };
}

function closingBrace(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === "{") depth++;
    else if (text[at] === "}" && --depth === 0) return at;
  }
  return -1;
}

const needsEscape = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/%?]|%(?![0-9A-Fa-f]{2})/gu;

/** Percent-encodes what may not stand in a target, `#` included; escapes that are there already stay. */
function escapeLiteral(literal: string): string {
  return literal.replace(needsEscape, (char) => (char === "%" ? "%25" : encodeChar(char)));
}

function encodeChar(char: string): string {
  return [...Buffer.from(char, "utf8")]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)
    .join("");
}
