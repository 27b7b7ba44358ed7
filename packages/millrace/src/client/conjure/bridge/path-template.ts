import { plainText } from "./plain-text.js";

/** A path with places for arguments, taken apart. */
export interface PathTemplate {
  /** The template without the patterns in its places, for metrics and limits: `/widgets/{id}`. */
  readonly path: string;
  /** What stands before, between and after the places, ready to be sent; one more than there are names. */
  readonly literals: readonly string[];
  /** The names of the places, in order. */
  readonly names: readonly string[];
}

/**
 * Takes a path template apart. A place is `{name}` or `{name:pattern}`, and a pattern may hold braces in pairs.
 *
 * @throws TypeError when a brace is left open
 */
export function parsePathTemplate(template: string): PathTemplate {
  const text = template.startsWith("/") ? template : `/${template}`;
  const literals: string[] = [];
  const names: string[] = [];
  let at = 0;
  for (let open = text.indexOf("{"); open >= 0; open = text.indexOf("{", at)) {
    const close = closingBrace(text, open);
    const [name = ""] = text.slice(open + 1, close).split(":", 1);
    literals.push(encodeLiteral(text.slice(at, open)));
    names.push(name.trim());
    at = close + 1;
  }
  literals.push(encodeLiteral(text.slice(at)));
  const path = literals.map((literal, index) => literal + placeText(names[index])).join("");
  return { path, literals, names };
}

/**
 * Puts arguments into a template, each percent-encoded so that it stays one segment.
 *
 * @throws TypeError when there are more or fewer arguments than places, when one is null, or when one makes a
 * segment `.` or `..`, which servers and proxies would resolve into another path
 */
export function fillPath({ path, literals, names }: PathTemplate, values: readonly unknown[]): string {
  if (values.length !== names.length) {
    throw new TypeError(`${path} takes ${names.length} arguments, found ${values.length}`);
  }
  let text = literals[0]!;
  for (const [at, value] of values.entries()) {
    if (value === null || value === undefined)
      throw new TypeError(`${path}: argument ${names[at]} is missing`);
    text += encodeURIComponent(plainText(value)) + literals[at + 1]!;
  }
  if (values.length > 0 && dotSegment.test(text))
    throw new TypeError(`${path}: a segment must not be . or ..`);
  return text;
}

const dotSegment = /\/(?:\.|%2e){1,2}(?:\/|$)/i;

function closingBrace(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === "{") depth++;
    else if (text[at] === "}" && --depth === 0) return at;
  }
  throw new TypeError(`path ${JSON.stringify(text)}: the brace at ${open} is not closed`);
}

/** Percent-encodes what must not stand in a path, and leaves what is encoded already. */
function encodeLiteral(text: string): string {
  return text.replace(/[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/gu, encodeURIComponent);
}

function placeText(name: string | undefined): string {
  return name === undefined ? "" : `{${name}}`;
}
