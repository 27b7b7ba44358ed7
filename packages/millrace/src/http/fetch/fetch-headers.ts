import { isToken } from "../../wire/http/characters.js";
import type { Fields } from "../../wire/http/fields.js";

/**
 * The headers of a {@link FetchResponse}: the web's `Headers` as far as reading goes, on the fields as they came.
 * They cannot be changed, as those of a response to `fetch` cannot.
 */
export class FetchHeaders implements Iterable<[string, string]> {
  readonly #fields: Fields;

  /** @internal */
  constructor(fields: Fields) {
    this.#fields = fields;
  }

  /** All values of that name, joined by commas; null for none. */
  get(name: string): string | null {
    return this.#fields.getList(checked(name)) ?? null;
  }

  /** Whether a field of that name is present. */
  has(name: string): boolean {
    return this.#fields.has(checked(name));
  }

  /** Each cookie to set, on its own. */
  getSetCookie(): string[] {
    return this.#fields.getAll("set-cookie");
  }

  /** Calls `visit` for each name, in the order of {@link entries}. */
  forEach(visit: (value: string, name: string, headers: Headers) => void, thisArg?: unknown): void {
    for (const [name, value] of this.entries()) visit.call(thisArg, value, name, this as unknown as Headers);
  }

  /** Names in lower case and in order, with their values; each `Set-Cookie` apart. */
  *entries(): Generator<[string, string], undefined, undefined> {
    for (const name of this.#names()) {
      if (name === "set-cookie") for (const value of this.getSetCookie()) yield [name, value];
      else yield [name, this.#fields.getList(name)!];
    }
    return undefined;
  }

  /** The names of {@link entries}. */
  *keys(): Generator<string, undefined, undefined> {
    for (const [name] of this.entries()) yield name;
    return undefined;
  }

  /** The values of {@link entries}. */
  *values(): Generator<string, undefined, undefined> {
    for (const [, value] of this.entries()) yield value;
    return undefined;
  }

  [Symbol.iterator](): Generator<[string, string], undefined, undefined> {
    return this.entries();
  }

  /** @throws TypeError always */
  append(_name: string, _value: string): void {
    throw immutable();
  }

  /** @throws TypeError always */
  set(_name: string, _value: string): void {
    throw immutable();
  }

  /** @throws TypeError always */
  delete(_name: string): void {
    throw immutable();
  }

  get [Symbol.toStringTag](): string {
    return "Headers";
  }

  #names(): string[] {
    const names = new Set<string>();
    for (let at = 0; at < this.#fields.size; at++) names.add(this.#fields.nameAt(at).toLowerCase());
    return [...names].sort();
  }
}

function checked(name: string): string {
  const text = String(name);
  if (!isToken(text)) throw new TypeError(`${JSON.stringify(text)} is no name for a header`);
  return text;
}

function immutable(): TypeError {
  return new TypeError("immutable: the headers of a received response cannot be changed");
}
