import { createTopic, type EventTopic } from "../../base/events.js";
import type { CallContext } from "../../service/context.js";
import type { Policy } from "../../service/service.js";
import { withCall } from "../../service/with-call.js";
import type { StreamBody } from "../../wire/http/body.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { PassedBody } from "../../wire/http/passed-body.js";
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
  // The connection holds on to the body: what the reader may forget stands in front of it.
  const guard = new PassedBody(body);
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
