import { type Clock, systemClock } from "../../base/clock.js";
import { createTopic, type EventTopic } from "../../base/events.js";
import type { CallContext } from "../../service/context.js";
import type { Policy, Service } from "../../service/service.js";
import { withCall } from "../../service/with-call.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";

/** A call that is told of. */
export interface PublishedHttpCall {
  /** Who makes it: the label of the channel. */
  readonly client: string;
  /** The HTTP method. */
  readonly method: string;
  /** `http` or `https`. */
  readonly scheme: string;
  /** Host, with its port where it is not the scheme's. */
  readonly authority: string;
}

/** A call began, or is over. Both events of a call have the same `call`. */
export type HttpCallEvent =
  | { readonly kind: "started"; readonly call: PublishedHttpCall }
  | {
      readonly kind: "ended";
      readonly call: PublishedHttpCall;
      /** The status of the response; undefined when there was none. */
      readonly status: number | undefined;
      /** Why there was no response, or why its content broke off. */
      readonly error: unknown;
      /** From the call to the head of its response, in milliseconds; undefined when there was none. */
      readonly headMs: number | undefined;
      /** From the call to the end of its response, in milliseconds. */
      readonly durationMs: number;
    };

/** Where {@link publishCalls} tells of calls, on the topic `millrace.http.call`. */
export const httpCalls: EventTopic<HttpCallEvent> = createTopic<HttpCallEvent>("millrace.http.call");

/** Whose calls are told of. */
export interface PublishCallsOptions {
  /** Names the client in events. */
  readonly client: string;
  /** For requests that name no host. @defaultValue none */
  readonly origin?: string | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/**
 * Tells of each call as it starts and when its response has been read, on {@link httpCalls}. While nobody listens it
 * costs one look at the topic, and a call that began so is not told of later.
 */
export function publishCalls(options: PublishCallsOptions): Policy<HttpRequest, HttpResponse> {
  const { client, clock = systemClock } = options;
  const fallback = options.origin === undefined ? undefined : new URL(options.origin);
  return (inner) =>
    withCall(inner, (request, context) => {
      if (!httpCalls.active) return inner.call(request, context);
      const { method, target } = request;
      const named = target.authority !== "" || fallback === undefined;
      const scheme = fallback?.protocol.slice(0, -1) ?? target.scheme;
      const call = { client, method, scheme, authority: named ? target.authority : fallback.host };
      return new ToldCall(call, clock).run(inner, request, context);
    });
}

class ToldCall {
  readonly #call: PublishedHttpCall;
  readonly #clock: Clock;
  readonly #startedAt: number;

  constructor(call: PublishedHttpCall, clock: Clock) {
    this.#call = call;
    this.#clock = clock;
    this.#startedAt = clock.now();
  }

  run(
    inner: Service<HttpRequest, HttpResponse>,
    request: HttpRequest,
    context: CallContext,
  ): Promise<HttpResponse> {
    httpCalls.publish({ kind: "started", call: this.#call });
    return inner.call(request, context).then(
      (response) => {
        const headMs = this.#elapsed();
        const { status, body, stream } = response;
        const over = (error?: unknown) => this.#ended({ status, headMs, error });
        if (stream) stream.onClosed(over);
        else if (body.kind === "stream") body.onDone(over);
        else over();
        return response;
      },
      (error: unknown) => {
        this.#ended({ status: undefined, headMs: undefined, error });
        throw error;
      },
    );
  }

  #ended(outcome: { status: number | undefined; headMs: number | undefined; error: unknown }): void {
    httpCalls.publish({ kind: "ended", call: this.#call, ...outcome, durationMs: this.#elapsed() });
  }

  #elapsed(): number {
    return this.#clock.now() - this.#startedAt;
  }
}
