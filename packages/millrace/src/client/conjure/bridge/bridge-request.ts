import { invalidOption } from "../../../base/options.js";
import type { Random } from "../../../base/random.js";
import { trimBlanks } from "../../../wire/http/characters.js";
import { FieldId } from "../../../wire/http/field-id.js";
import { Fields } from "../../../wire/http/fields.js";
import type { HttpRequest, RequestTarget } from "../../../wire/http/message.js";
import type { PathPlaces } from "../../call/path-places.js";
import type { EndpointOptions } from "./endpoint-options.js";
import { mediaTypeOf } from "./media-type.js";
import { fillPath } from "./path-template.js";
import { encodeParameters, plainText } from "./plain-text.js";
import { requestContent } from "./request-content.js";

/** A value, or who gives it. */
export type Supplied<T> = T | (() => T);

/** A bearer token, or who gives it, at once or later; `undefined` and null send none. */
export type Token = Supplied<string | null | undefined | Promise<string | null | undefined>>;

/** What goes into every request. */
export interface RequestSettings {
  readonly agents: () => string;
  readonly token: Token | undefined;
  readonly baseUrl: Supplied<string>;
  readonly random: Random;
}

/** Makes a function that writes the request of a call. It rejects with a TypeError what cannot be written. */
export function bridgeRequest(
  settings: RequestSettings,
): (options: EndpointOptions, template: PathPlaces) => Promise<HttpRequest> {
  return async (options, template) => {
    const {
      requestMediaType = "application/json",
      pathArguments = [],
      queryArguments,
      data,
      method,
    } = options;
    const content = requestContent(data, mediaTypeOf(requestMediaType), settings.random);
    const query = encodeParameters(recordOf("query", queryArguments ?? {}));
    const path = fillPath(template, pathArguments) + (query === "" ? "" : `?${query}`);
    const fields = headersOf(options, settings.agents());
    if (content.type !== undefined) fields.set("Content-Type", content.type);
    const token = await supplied(settings.token);
    if (token !== undefined && token !== null) fields.set("Authorization", `Bearer ${textOf(token)}`);
    const target = targetOf(supplied(settings.baseUrl), path);
    return { method: method.toUpperCase(), target, minorVersion: 1, fields, body: content.body };
  };
}

function headersOf({ headers = {}, responseMediaType }: EndpointOptions, agents: string): Fields {
  const fields = Fields.from([["Fetch-User-Agent", agents]]);
  for (const [name, value] of Object.entries(recordOf("headers", headers))) {
    if (value !== null && value !== undefined) fields.set(name, trimBlanks(plainText(value)));
  }
  const accept = responseMediaType === undefined ? "*/*" : mediaTypeOf(responseMediaType);
  fields.set("Accept", accept);
  if (!fields.hasId(FieldId.userAgent)) fields.set("User-Agent", agents);
  return fields;
}

/**
 * Requires of what is given at once that it can be sent; what functions give is looked at with each call.
 *
 * @throws MillraceError `invalid-options`
 */
export function requireSuppliers({ token, baseUrl }: Pick<RequestSettings, "token" | "baseUrl">): void {
  const isToken =
    token === undefined || token === null || typeof token === "string" || typeof token === "function";
  // What there is instead may be a secret.
  if (!isToken)
    throw invalidOption("conjureBridge.token", "a text, or a function that gives one", typeof token);
  if (typeof baseUrl !== "function") targetOf(baseUrl, "/");
}

function targetOf(baseUrl: string, path: string): RequestTarget {
  if (baseUrl === "" || basePath.test(baseUrl)) {
    return { form: "origin", path: withoutSlash(baseUrl) + path, authority: "", scheme: "http" };
  }
  const url = baseOf(baseUrl);
  if (!url) throw invalidOption("conjureBridge.baseUrl", expectedBase, baseUrl);
  const { protocol, host, pathname } = url;
  return {
    form: "origin",
    path: withoutSlash(pathname) + path,
    authority: host,
    scheme: protocol.slice(0, -1),
  };
}

/** A URL that paths can be added to; `undefined` when something in it would get lost. */
function baseOf(text: string): URL | undefined {
  if (!/^https?:/i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return `${url.search}${url.hash}${url.username}${url.password}` === "" ? url : undefined;
}

const expectedBase = "an http or https URL without query, or a path such as /api";
const basePath = /^\/[^?#\s]*$/;

/** A text would do, letter by letter. */
function recordOf(what: string, values: unknown): Readonly<Record<string, unknown>> {
  if (typeof values !== "object") throw new TypeError(`expected ${what} by name, found a ${typeof values}`);
  return values as Readonly<Record<string, unknown>>;
}

function textOf(token: unknown): string {
  if (typeof token !== "string") throw new TypeError(`expected a text for a token, found a ${typeof token}`);
  return token;
}

function withoutSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}

function supplied<T>(value: Supplied<T>): T {
  return typeof value === "function" ? (value as () => T)() : value;
}
