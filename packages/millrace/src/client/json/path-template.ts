import { invalidOption } from "../../base/options.js";
import { placesOf } from "../call/path-places.js";

/** What can stand for a parameter of a path. */
export type PathValue = string | number | boolean;

/** Names of the parameters of a template: `"id"` of `/widgets/{id}` and of `/widgets/{id:[0-9]+}`. */
export type PathNames<Template extends string> = Template extends `${string}{${infer Place}}${infer Rest}`
  ? NameOf<Place> | PathNames<Rest>
  : never;

type NameOf<Place extends string> = Place extends `${infer Name}:${string}` ? Name : Place;

/** A path whose parameters have names: `/widgets/{id}/parts/{part}`. A pattern after a name says nothing here. */
export class PathTemplate {
  readonly text: string;
  /** Literal parts, ready to be sent; one more than there are names. */
  readonly #literals: readonly string[];
  readonly #names: readonly string[];

  /** @throws MillraceError `invalid-options` when `text` does not begin with a slash, or braces do not match */
  constructor(text: string) {
    const places = typeof text === "string" && text.startsWith("/") ? placesOf(text) : undefined;
    if (!places) throw invalidOption("path", 'one such as "/widgets/{id}"', shown(text));
    this.text = text;
    this.#literals = places.literals;
    this.#names = places.names;
  }

  /**
   * Writes the path with `values` in place of the names, each percent-encoded as one segment.
   *
   * @throws MillraceError `invalid-options` when a value is missing, or would change what the path means
   */
  fill(values: Readonly<Record<string, PathValue | undefined>> | undefined): string {
    const names = this.#names;
    let path = this.#literals[0]!;
    for (let at = 0; at < names.length; at++) {
      path += this.#segment(names[at]!, values) + this.#literals[at + 1]!;
    }
    return path;
  }

  #segment(name: string, values: Readonly<Record<string, PathValue | null | undefined>> | undefined): string {
    const value = values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined || value === null || value === "") {
      throw invalidOption(`path.${name}`, `a value for ${this.text}`, shown(value));
    }
    const segment = encodeValue(value);
    // Whoever resolves the path on the way would go up, or stay where it is.
    if (segment === undefined || segment === "." || segment === "..") {
      throw invalidOption(`path.${name}`, `a segment of ${this.text}`, shown(value));
    }
    return segment;
  }
}

/** `undefined` for text that is no Unicode, numbers that are none, and what has no text of its own. */
function encodeValue(value: PathValue): string | undefined {
  if (Number.isSafeInteger(value)) return String(value);
  if (typeof value === "object" || typeof value === "function" || Number.isNaN(value)) return undefined;
  try {
    return encodeURIComponent(value);
  } catch {
    return undefined;
  }
}

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
