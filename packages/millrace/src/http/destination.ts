import { invalidOption } from "../base/options.js";
import type { RequestTarget } from "../wire/http/message.js";

/** Where a request goes. */
export interface Destination {
  readonly target: RequestTarget;
  /** The URL without its fragment; made when it is read. */
  readonly href: string;
  /** The fragment with its `#`; empty for none. It is never sent. */
  readonly fragment: string;
}

/** Paths that mean what they say: no URL parser would change them. */
const plainPath = /^\/(?!\/)[A-Za-z0-9\-_.~!$&()*+,;=:@/?]*$/;

/** Finds out where requests go: against a base, at whose origin they all stay, or by absolute URLs. */
export class Destinations {
  readonly #base: URL | undefined;
  readonly #origin: string;
  readonly #scheme: string;
  readonly #authority: string;

  /** @throws MillraceError `invalid-options` when `base` is no plain `http` or `https` URL, with a path or without */
  constructor(path: string, base: string | URL | undefined) {
    const url = base === undefined ? undefined : parseBase(path, base);
    this.#base = url;
    this.#origin = url?.origin ?? "";
    this.#scheme = url?.protocol.slice(0, -1) ?? "";
    this.#authority = url?.host ?? "";
  }

  /**
   * Resolves a URL or a path.
   *
   * @param refused makes the error for a URL of another scheme, or one that leads away from the base's origin
   * @throws TypeError when it is no URL, or has user and password
   */
  resolve(input: string | URL, refused: (reason: string) => Error = typeError): Destination {
    if (typeof input === "string" && this.#base) {
      const path = this.#plainPathOf(input);
      if (path !== undefined) {
        const target: RequestTarget = {
          form: "origin",
          path,
          authority: this.#authority,
          scheme: this.#scheme,
        };
        return new PlainDestination(target, this.#origin);
      }
    }
    const url = parse(input, this.#base);
    if (url.protocol !== "http:" && url.protocol !== "https:")
      throw refused(`the scheme ${url.protocol} is not http or https`);
    if (url.username !== "" || url.password !== "") {
      throw new TypeError("a URL with user and password cannot be requested: send an Authorization field");
    }
    if (!this.reaches(url)) {
      throw refused(`requests go to ${this.#origin}, and ${url.origin} is another origin`);
    }
    return new ParsedDestination(url);
  }

  /** Whether requests for `url` can be made here. */
  reaches(url: URL): boolean {
    return this.#base === undefined || url.origin === this.#origin;
  }

  #plainPathOf(input: string): string | undefined {
    const origin = this.#origin;
    const path =
      input.length > origin.length && input.charCodeAt(origin.length) === slash && input.startsWith(origin)
        ? input.slice(origin.length)
        : input;
    return plainPath.test(path) && !path.includes("/.") ? path : undefined;
  }
}

const slash = 0x2f;

class PlainDestination implements Destination {
  readonly target: RequestTarget;
  readonly fragment = "";
  readonly #origin: string;

  constructor(target: RequestTarget, origin: string) {
    this.target = target;
    this.#origin = origin;
  }

  get href(): string {
    return this.#origin + this.target.path;
  }
}

class ParsedDestination implements Destination {
  readonly target: RequestTarget;
  readonly fragment: string;
  readonly href: string;

  constructor(url: URL) {
    const path = url.pathname + url.search;
    this.target = { form: "origin", path, authority: url.host, scheme: url.protocol.slice(0, -1) };
    this.fragment = url.hash;
    this.href = url.origin + path;
  }
}

function typeError(reason: string): TypeError {
  return new TypeError(reason);
}

function parse(input: string | URL, base: URL | undefined): URL {
  if (typeof input !== "string" && !isUrl(input))
    throw new TypeError(`Failed to parse URL from ${String(input)}`);
  try {
    return typeof input === "string" ? new URL(input, base) : input;
  } catch (cause) {
    const remedy = base === undefined ? "; without a base it must be absolute" : "";
    throw new TypeError(`Failed to parse URL from ${input as string}${remedy}`, { cause });
  }
}

/** Of this or another copy of the class. */
function isUrl(input: URL | null | undefined): boolean {
  return typeof input?.protocol === "string" && typeof input.host === "string";
}

function parseBase(path: string, base: string | URL): URL {
  const url = typeof base === "string" ? tryParse(base) : base;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    // What cannot be read may hold a password.
    throw invalidOption(path, "an http or https URL", url ? `one of ${url.protocol}` : "something else");
  }
  const surplus = surplusOf(url);
  if (surplus === undefined) return url;
  const plain = "an http or https URL without user, query and fragment, which would be in no request";
  throw invalidOption(path, plain, `${surplus} in one of ${url.host}`);
}

function surplusOf({ username, password, search, hash }: URL): string | undefined {
  if (username !== "" || password !== "") return "a user";
  if (search !== "") return "a query";
  return hash === "" ? undefined : "a fragment";
}

function tryParse(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
