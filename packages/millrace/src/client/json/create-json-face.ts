import { type Clock, systemClock } from "../../base/clock.js";
import { requireRange, requireWhole } from "../../base/options.js";
import { type Random, systemRandom } from "../../base/random.js";
import { contentOf } from "../../http/body/content.js";
import { fieldsFrom } from "../../http/fields-from.js";
import { FaceCall } from "../../http/request/face-call.js";
import { withQuery } from "../../http/request/query.js";
import { type Answer, ReceivedAnswer } from "../../http/request/requester.js";
import type { CallContext } from "../../service/context.js";
import type { Service } from "../../service/service.js";
import { type Body, BytesBody, emptyBody, type StreamBody } from "../../wire/http/body.js";
import { FieldId } from "../../wire/http/field-id.js";
import type { Fields } from "../../wire/http/fields.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { type CallOptions, callOptions } from "../call/call-options.js";
import type { Endpoint } from "../call/endpoint.js";
import { SentBody } from "../call/sent-body.js";
import { createErrorReader, type ErrorReader, isSuccess } from "../conjure/error-mapping.js";
import type { JsonFace, JsonMethod } from "./json-face.js";
import type { JsonCallOptions } from "./json-options.js";
import { readJson } from "./read-json.js";
import { type Route, Routes } from "./routes.js";
import type { StandardSchema } from "./standard-schema.js";

/** What a JSON face says of its calls. */
export interface JsonFaceOptions {
  /** Name of the API in endpoints. */
  readonly service: string;
  /**
   * Adds fields that all requests have, to fields that are this face's own.
   * @defaultValue none are added
   */
  readonly addFields?: ((fields: Fields, endpoint: Endpoint) => void) | undefined;
  /** Makes errors of answers that are no success. @defaultValue that of Conjure's errors */
  readonly readError?: ErrorReader | undefined;
  /** Chooses the boundaries of forms. @defaultValue {@link systemRandom} */
  readonly random?: Random | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/** Makes the JSON face of a service of HTTP. */
export function createJsonFace(
  service: Service<HttpRequest, HttpResponse>,
  options: JsonFaceOptions,
): JsonFace {
  const caller = new JsonCaller(service, options);
  const method = (name: string) => {
    const call = (template: string, given: JsonGiven = noOptions) => caller.json(name, template, given);
    return call as JsonMethod;
  };
  return {
    get: method("GET"),
    post: method("POST"),
    put: method("PUT"),
    patch: method("PATCH"),
    delete: method("DELETE"),
    request: (name, template, ...[given]) => caller.answer(name, template, given ?? noOptions),
  };
}

type JsonGiven = JsonCallOptions & { readonly schema?: StandardSchema | undefined };

const noOptions: JsonGiven = {};
const accepted = "application/json";

class JsonCaller {
  readonly #service: Service<HttpRequest, HttpResponse>;
  readonly #routes: Routes;
  readonly #addFields: JsonFaceOptions["addFields"];
  readonly #readError: ErrorReader;
  readonly #random: Random;
  readonly #clock: Clock;

  constructor(service: Service<HttpRequest, HttpResponse>, options: JsonFaceOptions) {
    this.#service = service;
    this.#routes = new Routes(options.service);
    this.#addFields = options.addFields;
    this.#readError = options.readError ?? createErrorReader();
    this.#random = options.random ?? systemRandom;
    this.#clock = options.clock ?? systemClock;
  }

  json(method: string, template: string, options: JsonGiven): Promise<unknown> {
    return this.#call(method, template, options, (response, { endpoint }) => {
      return readJson(response, { endpoint, schema: options.schema, maxBytes: options.maxBytes ?? Infinity });
    });
  }

  answer(method: string, template: string, options: JsonCallOptions): Promise<Answer> {
    return this.#call(method, template, options, (response) => {
      return new ReceivedAnswer(response, options.maxBytes ?? Infinity);
    });
  }

  #call<T>(
    method: string,
    template: string,
    options: JsonCallOptions,
    read: (response: HttpResponse, route: Route) => T | Promise<T>,
  ): Promise<T> {
    let route: Route;
    let request: HttpRequest;
    let said: CallOptions;
    try {
      route = this.#routes.find(method, template, options.endpoint);
      request = this.#request(route, options);
      said = saidOf(options, route);
    } catch (error) {
      return Promise.reject(error as Error);
    }
    const call = new FaceCall(options, Infinity, this.#clock);
    call.set(callOptions, said);
    return call.run(this.#service, request).then((response) => {
      return isSuccess(response) ? read(response, route) : this.#fail(response, call);
    });
  }

  #fail(response: HttpResponse, context: CallContext): Promise<never> {
    return this.#readError(response, context).then((error) => {
      throw error;
    });
  }

  #request(
    { endpoint, template }: Route,
    { path, query, headers, body, content }: JsonCallOptions,
  ): HttpRequest {
    const filled = template.fill(path);
    const fields = fieldsFrom(headers);
    if (!fields.hasId(FieldId.accept)) fields.push(FieldId.accept, "Accept", accepted);
    const sent = this.#content(fields, body, content);
    this.#addFields?.(fields, endpoint);
    return {
      method: endpoint.method,
      target: {
        form: "origin",
        path: query === undefined ? filled : withQuery(filled, query),
        authority: "",
        scheme: "http",
      },
      minorVersion: 1,
      fields,
      body: sent,
    };
  }

  #content(fields: Fields, value: unknown, source: JsonCallOptions["content"]): Body {
    if (value === undefined && source === undefined) return emptyBody;
    if (value !== undefined && source !== undefined) {
      throw new TypeError("a call has a body or content, not both");
    }
    const { body, type, again } = source === undefined ? jsonContent(value) : contentOf(source, this.#random);
    if (type !== undefined && !fields.hasId(FieldId.contentType)) {
      fields.push(FieldId.contentType, "Content-Type", type);
    }
    return body.kind === "stream" ? new SentBody(body as StreamBody, again) : body;
  }
}

const ascii = /^[\0-\x7f]*$/;

function jsonContent(value: unknown): { body: Body; type: string; again: undefined } {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError(`cannot send a ${typeof value} as JSON`);
  // Text of one byte a character needs no encoding.
  const body = ascii.test(text) ? BytesBody.ofLatin1(text) : BytesBody.ofText(text);
  return { body, type: accepted, again: undefined };
}

function saidOf(
  { deadlineMs, retries, idempotent }: JsonCallOptions,
  { endpoint, plain }: Route,
): CallOptions {
  if (deadlineMs === undefined && retries === undefined && idempotent === undefined) return plain;
  if (deadlineMs !== undefined) requireRange("call.deadlineMs", deadlineMs, 0, Infinity);
  if (retries !== undefined) requireWhole("call.retries", retries, 0);
  return { endpoint, deadlineMs, maxRetries: retries, idempotent };
}
