import type { Random } from "../../base/random.js";
import type { CallContext } from "../../service/context.js";
import { BytesBody } from "../../wire/http/body.js";
import { isToken } from "../../wire/http/characters.js";
import { FieldId } from "../../wire/http/field-id.js";
import type { Fields } from "../../wire/http/fields.js";
import { type BodySource, contentOf, type KeptContent, noContent, requestContent } from "../body/content.js";
import { withToldLength } from "../body/told-length.js";
import type { Destination, Destinations } from "../destination.js";
import { type FieldsInit, fieldsFrom } from "../fields-from.js";
import { askForCodings } from "../layers/decompress.js";
import type { CallEnds } from "../request/face-call.js";
import { fetchFailed } from "./fetch-error.js";
import { type Integrity, parseIntegrity } from "./integrity.js";
import type { RedirectMode } from "./redirect.js";

/** What is particular about one `fetch`: what the web's has, and the call it is made for. */
export type FetchInit = RequestInit & {
  /** The call that this one is made for: it ends when that is given up, and shares its attachments. */
  readonly context?: CallContext | undefined;
};

/** What a `fetch` is to do, taken from its arguments and checked. */
export interface FetchPlan {
  readonly method: string;
  readonly destination: Destination;
  readonly fields: Fields;
  readonly content: KeptContent;
  readonly redirect: RedirectMode;
  /** What the content of the response must be, if that is known. */
  readonly integrity: Integrity | undefined;
  readonly ends: CallEnds;
}

/** What all plans of one face share. */
export interface PlanSetting {
  readonly destinations: Destinations;
  readonly random: Random;
  /** Whether compressed content is decoded, and so asked for. */
  readonly decode: boolean;
}

/**
 * Understands the arguments of a `fetch`. What `init` says goes before what a `Request` says.
 *
 * @throws TypeError when the request cannot be made
 */
export function fetchPlan(
  input: string | URL | Request,
  init: FetchInit,
  { destinations, random, decode }: PlanSetting,
): FetchPlan {
  const request = typeof input === "string" || input instanceof URL ? undefined : asRequest(input);
  const destination = destinations.resolve(
    request ? request.url : input instanceof URL ? input : String(input),
    refused,
  );
  const method = normalMethod(init.method ?? request?.method ?? "GET");
  const given = (init.headers ?? request?.headers) as FieldsInit | undefined;
  const fields = fieldsFrom(given);
  const content = sized(contentFor(method, init, request, random), fields);
  if (content.type !== undefined && !fields.hasId(FieldId.contentType)) {
    fields.push(FieldId.contentType, "Content-Type", content.type);
  }
  if (!fields.hasId(FieldId.accept)) fields.push(FieldId.accept, "Accept", "*/*");
  if (decode) askForCodings(fields);
  const signal = (init.signal === undefined ? request?.signal : init.signal) ?? undefined;
  const redirect = checkedRedirect(init.redirect ?? request?.redirect ?? "follow");
  const metadata = init.integrity ?? request?.integrity;
  const integrity = metadata ? parseIntegrity(metadata) : undefined;
  return {
    method,
    destination,
    fields,
    content,
    redirect,
    integrity,
    ends: { signal, context: init.context },
  };
}

function sized(content: KeptContent, fields: Fields): KeptContent {
  if (!fields.hasId(FieldId.contentLength)) return content;
  try {
    return { ...content, body: withToldLength(content.body, fields) };
  } catch (error) {
    throw fetchFailed(error);
  }
}

function refused(reason: string): Error {
  return fetchFailed(new Error(reason));
}

function contentFor(
  method: string,
  init: FetchInit,
  request: Request | undefined,
  random: Random,
): KeptContent {
  const source = (init.body === undefined ? request?.body : init.body) as BodySource | null | undefined;
  if (source === undefined || source === null) {
    return method === "POST" || method === "PUT" ? zeroContent : noContent;
  }
  if (method === "GET" || method === "HEAD")
    throw new TypeError("Request with GET/HEAD method cannot have body.");
  if (init.body !== undefined || !request) return contentOf(source, random);
  if (request.bodyUsed) throw new TypeError("the body of the request has been used");
  return requestContent(source as ReadableStream);
}

/** What the web's `fetch` says of no content for methods that usually have some. */
const zeroBody = BytesBody.ofLatin1("");
const zeroContent: KeptContent = { body: zeroBody, type: undefined, again: () => zeroBody };

/** Methods are written in upper case where the web's `fetch` does so, and those it forbids are refused. */
function normalMethod(method: string): string {
  switch (method) {
    case "GET":
    case "POST":
    case "PUT":
    case "DELETE":
    case "HEAD":
    case "PATCH":
    case "OPTIONS":
      return method;
    default:
  }
  const upper = String(method).toUpperCase();
  if (upper === "CONNECT" || upper === "TRACE" || upper === "TRACK") {
    throw new TypeError(`'${method}' HTTP method is unsupported.`);
  }
  if (!isToken(method)) throw new TypeError(`'${method}' is not a valid HTTP method.`);
  return /^(?:GET|POST|PUT|DELETE|HEAD|OPTIONS)$/.test(upper) ? upper : method;
}

function checkedRedirect(mode: string): RedirectMode {
  if (mode === "follow" || mode === "error" || mode === "manual") return mode;
  throw new TypeError(`redirect is follow, error or manual, not ${JSON.stringify(mode)}`);
}

/** A `Request` of this or another copy of the web's classes; what else has a text of its own is read as a URL. */
function asRequest(input: unknown): Request | undefined {
  const request = input as Partial<Request> | null | undefined;
  if (typeof request?.url === "string" && typeof request.method === "string") return request as Request;
  const text = String(input);
  if (typeof input === "object" && input !== null && !text.startsWith("[object ")) return undefined;
  throw new TypeError(`Failed to parse URL from ${text}`);
}
