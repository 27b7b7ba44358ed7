import { type Clock, systemClock } from "../../base/clock.js";
import { invalidOption, requireFunctions, requireRange, requireWhole } from "../../base/options.js";
import { type Random, systemRandom } from "../../base/random.js";
import { FaceCall } from "../../http/request/face-call.js";
import { type Answer, ReceivedAnswer } from "../../http/request/requester.js";
import { requireService } from "../../http/require-service.js";
import type { CallContext } from "../../service/context.js";
import type { Service } from "../../service/service.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { type CallOptions, callOptions } from "../call/call-options.js";
import { createErrorReader, type ErrorReader, isSuccess } from "../conjure/error-mapping.js";
import type { JsonFace, JsonMethod } from "./json-face.js";
import type { JsonCallOptions } from "./json-options.js";
import { JsonRequests, type JsonRequestsOptions } from "./json-requests.js";
import { readJson } from "./read-json.js";
import type { Route } from "./routes.js";
import type { StandardSchema } from "./standard-schema.js";

/** What a JSON face says of its calls. */
export interface JsonFaceOptions extends JsonRequestsOptions {
  /** Makes errors of answers that are no success. @defaultValue that of Conjure's errors */
  readonly readError?: ErrorReader | undefined;
  /** Chooses the boundaries of forms. @defaultValue {@link systemRandom} */
  readonly random?: Random | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/**
 * Makes the JSON face of a service of HTTP.
 *
 * @throws MillraceError `invalid-options` when there is no service
 */
export function createJsonFace(
  service: Service<HttpRequest, HttpResponse>,
  options: JsonFaceOptions,
): JsonFace {
  requireService("json.service", service);
  const caller = new JsonCaller(service, options);
  const method = (name: string) => {
    const call = (template: string, given: JsonGiven = noOptions) => {
      return caller.call(name, template, given, asJson);
    };
    return call as JsonMethod;
  };
  return {
    get: method("GET"),
    post: method("POST"),
    put: method("PUT"),
    patch: method("PATCH"),
    delete: method("DELETE"),
    request: (name, template, ...[given]) => caller.call(name, template, given ?? noOptions, asAnswer),
  };
}

type JsonGiven = JsonCallOptions & { readonly schema?: StandardSchema | undefined };

/** Makes of a response what a call gives. */
type Read<T> = (response: HttpResponse, route: Route, options: JsonGiven) => T | Promise<T>;

const noOptions: JsonGiven = {};

const asJson: Read<unknown> = (response, { endpoint }, { schema, maxBytes = Infinity }) => {
  return readJson(response, { endpoint, schema, maxBytes });
};

const asAnswer: Read<Answer> = (response, _route, { maxBytes = Infinity }) => {
  return new ReceivedAnswer(response, maxBytes);
};

class JsonCaller {
  readonly #service: Service<HttpRequest, HttpResponse>;
  readonly #requests: JsonRequests;
  readonly #readError: ErrorReader;
  readonly #clock: Clock;

  constructor(service: Service<HttpRequest, HttpResponse>, options: JsonFaceOptions) {
    this.#service = service;
    this.#requests = new JsonRequests(options, options.random ?? systemRandom);
    this.#readError = options.readError ?? createErrorReader();
    this.#clock = options.clock ?? systemClock;
  }

  call<T>(method: string, template: string, options: JsonGiven, read: Read<T>): Promise<T> {
    let route: Route;
    let request: HttpRequest;
    let call: FaceCall;
    try {
      requireOptions(options);
      route = this.#requests.route(method, template, options.endpoint);
      const said = saidOf(options, route);
      request = this.#requests.make(route, options, said);
      call = new FaceCall(options, Infinity, this.#clock);
      call.set(callOptions, said);
    } catch (error) {
      return Promise.reject(error as Error);
    }
    return call.run(this.#service, request, (response) => {
      return isSuccess(response) ? read(response, route, options) : this.#fail(response, call);
    });
  }

  #fail(response: HttpResponse, context: CallContext): Promise<never> {
    return this.#readError(response, context).then((error) => {
      throw error;
    });
  }
}

/** What the compiler sees to, but for programs without types: some of it would go wrong without a word. */
function requireOptions({ maxBytes, schema, idempotent }: JsonGiven): void {
  if (maxBytes !== undefined) requireRange("call.maxBytes", maxBytes, 0, Infinity);
  if (schema !== undefined) requireFunctions("call.schema", schema["~standard"], "validate");
  if (idempotent === undefined || typeof idempotent === "boolean") return;
  throw invalidOption("call.idempotent", "true or false", idempotent);
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
