import type { Fetch } from "../http/fetch/create-fetch.js";
import { createFetch } from "../http/fetch/create-fetch.js";
import { askForCodings } from "../http/layers/decompress.js";
import type { CallContext } from "../service/context.js";
import { alwaysReady } from "../service/from-function.js";
import type { Service } from "../service/service.js";
import { FieldId } from "../wire/http/field-id.js";
import type { Fields } from "../wire/http/fields.js";
import type { HttpRequest, HttpResponse } from "../wire/http/message.js";
import { whenResponseDone } from "../wire/http/when-done.js";
import type { CallOptions } from "./call/call-options.js";
import type { Endpoint } from "./call/endpoint.js";
import { makeOwnCall } from "./call/own-call.js";
import { createErrorReader } from "./conjure/error-mapping.js";
import { createJsonFace } from "./json/create-json-face.js";
import type { JsonFace } from "./json/json-face.js";
import type { ClientSettings } from "./options.js";
import { createUserAgentText } from "./user-agent.js";

/**
 * A client of one service. It is itself the service of HTTP below its faces: attach `callOptions` to the
 * context of calls made with {@link Service.call}, so that limits and metrics know what is called.
 */
export interface ServiceClient extends Service<HttpRequest, HttpResponse>, JsonFace, AsyncDisposable {
  /** Name of the service in the configuration. */
  readonly service: string;
  /** The web's `fetch`, for this service: every status is a response, paths are those of the service. */
  readonly fetch: Fetch;
  /**
   * Takes no more calls, lets those under way finish, then disconnects, unless other clients share the
   * connections. A client that is forgotten is closed when memory is collected. Idempotent.
   */
  close(): Promise<void>;
}

/** What a client is made around. */
export interface ServiceClientParts {
  readonly name: string;
  readonly settings: ClientSettings;
  readonly inner: Service<HttpRequest, HttpResponse> & {
    /** Retries of a call that says nothing else. */
    readonly retries: number;
  };
  /** Called when the client is closed, or was forgotten; once. Must not refer to the client. */
  readonly release: () => Promise<void>;
}

/** Makes the client of a service. */
export function createServiceClient({ name, settings, inner, release }: ServiceClientParts): ServiceClient {
  const handle = new Handle(inner, release);
  const { random, clock } = settings;
  const readError = createErrorReader(errorOptions(settings));
  const canRetry = ({ maxRetries = inner.retries }: CallOptions) => maxRetries > 0;
  const face = { service: name, addFields: fieldsAdder(settings), canRetry, readError, random, clock };
  return {
    service: name,
    ready: true,
    whenReady: alwaysReady,
    call: (request, context) =>
      context.origin === context
        ? handle.call(request, context)
        : makeOwnCall(handle, request, { context, whenDone: whenResponseDone }),
    ...createJsonFace(handle, face),
    fetch: createFetch(handle, { base: baseOf(name), decompress: false, random }),
    close: () => handle.close(),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

/** What all faces of a client hold on to: when it is collected, nobody can call any more. */
class Handle implements Service<HttpRequest, HttpResponse> {
  readonly ready = true;
  readonly whenReady = alwaysReady;
  readonly #inner: Service<HttpRequest, HttpResponse>;
  readonly #release: () => Promise<void>;
  #closing: Promise<void> | undefined;

  constructor(inner: Service<HttpRequest, HttpResponse>, release: () => Promise<void>) {
    this.#inner = inner;
    this.#release = release;
    forgotten.register(this, release, this);
  }

  call(request: HttpRequest, context: CallContext): Promise<HttpResponse> {
    return this.#inner.call(request, context);
  }

  close(): Promise<void> {
    forgotten.unregister(this);
    this.#closing ??= this.#release();
    return this.#closing;
  }
}

const forgotten = new FinalizationRegistry<() => Promise<void>>((release) => void release());

/** Fields that layers would otherwise add to a copy of each request. */
function fieldsAdder({
  userAgent,
  compression,
}: ClientSettings): (fields: Fields, endpoint: Endpoint) => void {
  const agentOf = createUserAgentText(userAgent);
  return (fields, endpoint) => {
    if (!fields.hasId(FieldId.userAgent)) fields.push(FieldId.userAgent, "User-Agent", agentOf(endpoint));
    if (compression) askForCodings(fields);
  };
}

function errorOptions({ serverQos, serviceError, clock }: ClientSettings) {
  return {
    clock,
    serverQos: serverQos === "AutomaticRetry" ? ("retry" as const) : ("propagate" as const),
    serviceError: serviceError === "PropagateToCaller" ? ("propagate" as const) : ("wrap" as const),
  };
}

/** Relative inputs of `fetch` are resolved against the name of the service, as those of a page are against its host. */
function baseOf(name: string): string {
  const base = `http://${name}`;
  return URL.canParse(base) && new URL(base).host === name.toLowerCase() ? base : "http://service";
}
