import { type PathPlaces, placesOf } from "../../call/path-places.js";
import { plainText } from "./plain-text.js";

/**
 * Takes the path template of an endpoint apart. It has no query: a question mark in it is one of the path.
 *
 * @throws TypeError when its braces do not match, or a place has no name
 */
export function parsePathTemplate(template: string): PathPlaces {
  if (typeof template !== "string")
    throw new TypeError(`expected a path such as "/widgets/{id}", found ${typeof template}`);
  const text = template.startsWith("/") ? template : `/${template}`;
  const places = placesOf(text.replaceAll("?", "%3F"));
  if (!places) throw new TypeError(`path ${JSON.stringify(text)}: expected places such as {id}`);
  return places;
}

/**
 * Puts arguments into a template, each percent-encoded so that it stays one segment.
 *
 * @throws TypeError when there are more or fewer arguments than places, when one is null, or when one makes a
 * segment `.` or `..`, which servers and proxies would resolve into another path
 */
export function fillPath({ path, literals, names }: PathPlaces, values: readonly unknown[]): string {
  if (!Array.isArray(values))
    throw new TypeError(`${path}: expected a list of arguments, found a ${typeof values}`);
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
