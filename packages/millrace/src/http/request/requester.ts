import { type Clock, systemClock } from "../../base/clock.js";
import { invalidOption, requirePositive, withDefaults } from "../../base/options.js";
import { type Random, systemRandom } from "../../base/random.js";
import type { CallContext } from "../../service/context.js";
import type { Service } from "../../service/service.js";
import { FieldId } from "../../wire/http/field-id.js";
import { Fields } from "../../wire/http/fields.js";
import type { HttpRequest, HttpResponse, InterimResponse } from "../../wire/http/message.js";
import { type BodySource, type Content, contentOf, noContent } from "../body/content.js";
import { ResponseBody } from "../body/response-body.js";
import { type Destination, Destinations } from "../destination.js";
import { authorityOf, type FieldsInit, fieldsFrom } from "../fields-from.js";
import { requireService } from "../require-service.js";
import { FaceCall } from "./face-call.js";
import { type Query, withQuery } from "./query.js";

/** What a requester adds to each of its calls. */
export interface RequesterOptions {
  /**
   * An `http` or `https` URL that paths are resolved against, as a link on a page is; every request goes
   * to its origin. Without it, paths must be absolute URLs, and the service decides what it reaches.
   * @defaultValue none
   */
  readonly base?: string | URL | undefined;
  /**
   * Fields for requests that do not set them.
   * @defaultValue none
   */
  readonly headers?: FieldsInit | undefined;
  /**
   * From the call to the last byte of its response, in milliseconds; then the call fails with `timeout`.
   * Costs a timer for each call: the `timeout` layer, which bounds the wait for the response, shares one.
   * @defaultValue Infinity
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Longest content to collect, in bytes. What is read as a stream has no limit.
   * @defaultValue Infinity
   */
  readonly maxBytes?: number | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
  /** Chooses the boundaries of forms. @defaultValue {@link systemRandom} */
  readonly random?: Random | undefined;
}

/** What is particular about one request. */
export interface RequestOptions {
  /** Fields of the request; they replace those of the requester. */
  readonly headers?: FieldsInit | undefined;
  /** Content; the `Content-Type` that its kind implies is set where there is none. */
  readonly body?: BodySource | null | undefined;
  /** Content that is sent as JSON, with its `Content-Type`; not beside `body`. */
  readonly json?: unknown;
  /** Parameters that are added to the query of the path. */
  readonly query?: Query | undefined;
  /** Ends the call, its response included, when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** See {@link RequesterOptions.timeoutMs}. @defaultValue that of the requester */
  readonly timeoutMs?: number | undefined;
  /** See {@link RequesterOptions.maxBytes}. @defaultValue that of the requester */
  readonly maxBytes?: number | undefined;
  /** The call that this one is made for: it ends when that is given up, and shares its attachments. */
  readonly context?: CallContext | undefined;
  /** Protocols to ask for; the answer may be a 101 with {@link Answer.upgraded}. */
  readonly upgrade?: string | undefined;
  /** Hears 1xx responses such as 103 Early Hints. */
  readonly onInterim?: ((response: InterimResponse) => void) | undefined;
}

/** A response. Every status is one: that of an error is no exception. */
export interface Answer {
  /** The status, from 200 to 999; 101 after an upgrade. */
  readonly status: number;
  /** The reason phrase; may be empty. */
  readonly reason: string;
  /** The header fields. */
  readonly fields: Fields;
  /** The content, to be read once or discarded. */
  readonly body: ResponseBody;
  /** Fields that followed the content; known once it has been read to its end. */
  readonly trailers: Fields | undefined;
  /** The connection, after 101 Switching Protocols: bytes of the agreed protocol flow both ways. */
  readonly upgraded: HttpResponse["stream"];
}

/**
 * Makes a request and gives its response when its head has come.
 *
 * @throws TypeError, from the call, when the request cannot be sent as it is
 * @throws MillraceError, from the call, when there is no response; its `unsent` says whether the server can have seen it
 */
export type Requester = (method: string, path: string, options?: RequestOptions) => Promise<Answer>;

/**
 * Makes the plain face of a service: method, path and options to a response with a body to read.
 *
 * It follows no redirects and treats no status as an error. Those and retries are layers of `service`.
 *
 * @throws MillraceError `invalid-options` when there is no service, or an option is out of its range
 */
export function createRequester(
  service: Service<HttpRequest, HttpResponse>,
  options: RequesterOptions = {},
): Requester {
  requireService("requester.service", service);
  const settings = withDefaults(
    { timeoutMs: Infinity, maxBytes: Infinity, clock: systemClock, random: systemRandom },
    {
      timeoutMs: options.timeoutMs,
      maxBytes: options.maxBytes,
      clock: options.clock,
      random: options.random,
    },
  );
  requirePositive("requester.timeoutMs", settings.timeoutMs);
  requirePositive("requester.maxBytes", settings.maxBytes);
  const destinations = new Destinations("requester.base", options.base);
  const common = commonFields(options.headers);

  return (method, path, given = noOptions) => {
    const { timeoutMs = settings.timeoutMs, maxBytes = settings.maxBytes } = given;
    let request: HttpRequest;
    let call: FaceCall;
    try {
      if (given.timeoutMs !== undefined) requirePositive("request.timeoutMs", timeoutMs);
      if (given.maxBytes !== undefined) requirePositive("request.maxBytes", maxBytes);
      const destination = destinations.resolve(given.query ? withQuery(path, given.query) : path);
      request = requestOf(method, destination, given, { common, random: settings.random });
      call = new FaceCall(given, timeoutMs, settings.clock);
    } catch (error) {
      return Promise.reject(error as Error);
    }
    return call.run(service, request, (response) => new ReceivedAnswer(response, maxBytes));
  };
}

const noOptions: RequestOptions = {};

/**
 * Makes the fields that all requests have, found out before there is any.
 *
 * @throws MillraceError `invalid-options` when they cannot be sent
 */
export function commonFields(headers: FieldsInit | undefined): Fields | undefined {
  if (headers === undefined) return undefined;
  try {
    return fieldsFrom(headers);
  } catch (cause) {
    throw invalidOption("requester.headers", "fields that can be sent", (cause as Error).message);
  }
}

function requestOf(
  method: string,
  { target }: Destination,
  { headers, body, json, upgrade, onInterim }: RequestOptions,
  { common, random }: { readonly common: Fields | undefined; readonly random: Random },
): HttpRequest {
  const own = fieldsFrom(headers);
  const fields = common ? withOwn(common, own) : own;
  if (typeof method !== "string") throw new TypeError(`a method is text, not ${String(method)}`);
  let content: Content = noContent;
  if (json !== undefined) {
    if (body !== undefined && body !== null) throw new TypeError("a request has a body or json, not both");
    const text = JSON.stringify(json) as string | undefined;
    if (text === undefined) throw new TypeError(`a ${typeof json} has no JSON`);
    content = { ...contentOf(text, random), type: "application/json" };
  } else if (body !== undefined) content = contentOf(body, random);
  if (content.type !== undefined && !fields.hasId(FieldId.contentType)) {
    fields.push(FieldId.contentType, "Content-Type", content.type);
  }
  const authority = authorityOf(fields, target.authority);
  return {
    method,
    target: authority === target.authority ? target : { ...target, authority },
    minorVersion: 1,
    fields,
    body: content.body,
    upgrade,
    onInterim,
  };
}

/** The fields all requests have, those of this request in place of their namesakes. */
function withOwn(common: Fields, own: Fields): Fields {
  if (own.size === 0) return common.clone();
  const fields = new Fields();
  for (let at = 0; at < common.size; at++) {
    const name = common.nameAt(at);
    if (!own.has(name)) fields.push(common.idAt(at), name, common.valueAt(at));
  }
  for (let at = 0; at < own.size; at++) fields.push(own.idAt(at), own.nameAt(at), own.valueAt(at));
  return fields;
}

/** An answer as it came over the wire, whose content is read in one of the ways there are. */
export class ReceivedAnswer implements Answer {
  readonly status: number;
  readonly reason: string;
  readonly fields: Fields;
  readonly body: ResponseBody;
  readonly upgraded: HttpResponse["stream"];

  constructor(response: HttpResponse, maxBytes: number) {
    this.status = response.status;
    this.reason = response.reason;
    this.fields = response.fields;
    this.body = new ResponseBody(response.body, maxBytes);
    this.upgraded = response.stream;
  }

  get trailers(): Fields | undefined {
    return this.body.trailers;
  }
}
