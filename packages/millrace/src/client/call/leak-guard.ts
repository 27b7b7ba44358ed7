import { createTopic, type EventTopic } from "../../base/events.js";
import type { CallContext } from "../../service/context.js";
import type { Policy } from "../../service/service.js";
import { withCall } from "../../service/with-call.js";
import type { BodySink, StreamBody } from "../../wire/http/body.js";
import { chunksOf } from "../../wire/http/body-reader.js";
import type { Fields } from "../../wire/http/fields.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { callOptions } from "./call-options.js";
import type { Endpoint } from "./endpoint.js";

/** A response that was thrown away without its content having been read. */
export interface ResponseLeak {
  /** What had been called, where the call said so. */
  readonly endpoint: Endpoint | undefined;
  /** The status of the response. */
  readonly status: number;
}

/** Tells of responses that somebody forgot to read or to discard. */
export const responseLeaks: EventTopic<ResponseLeak> = createTopic("millrace.client.response-leak");

/**
 * Cancels the content of responses that nobody can read any more, so that their connections are not
 * held for good, and tells {@link responseLeaks}. It finds out when memory is collected, which may be late.
 *
 * Only content that is still on its way is watched: small messages arrive whole and hold nothing.
 */
export function leakGuard(): Policy<HttpRequest, HttpResponse> {
  return (inner) =>
    withCall(inner, (request, context) =>
      inner.call(request, context).then((response) => guarded(response, context)),
    );
}

function guarded(response: HttpResponse, context: CallContext): HttpResponse {
  const { body, status } = response;
  if (body.kind !== "stream" || body.done) return response;
  const guard = new GuardedBody(body);
  registry.register(guard, { body, leak: { endpoint: context.get(callOptions)?.endpoint, status } });
  return { ...response, body: guard };
}

interface Guarded {
  readonly body: StreamBody;
  readonly leak: ResponseLeak;
}

const registry = new FinalizationRegistry(({ body, leak }: Guarded) => {
  if (body.done) return;
  responseLeaks.publish(leak);
  body.cancel();
});

/** Stands between a body, which its connection holds on to, and a reader who may forget it. */
class GuardedBody implements StreamBody {
  readonly kind = "stream";
  readonly #body: StreamBody;

  constructor(body: StreamBody) {
    this.#body = body;
  }

  get length(): number | undefined {
    return this.#body.length;
  }

  get trailers(): Fields | undefined {
    return this.#body.trailers;
  }

  get done(): boolean {
    return this.#body.done;
  }

  pipe(sink: BodySink): void {
    this.#body.pipe(sink);
  }

  resume(): void {
    this.#body.resume();
  }

  cancel(reason?: unknown): void {
    this.#body.cancel(reason);
  }

  onDone(listener: (error: Error | undefined) => void): void {
    this.#body.onDone(listener);
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return chunksOf(this);
  }
}
