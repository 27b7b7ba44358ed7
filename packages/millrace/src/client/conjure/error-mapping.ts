import { type Clock, systemClock } from "../../base/clock.js";
import { requireOneOf, requireWhole } from "../../base/options.js";
import type { CallContext } from "../../service/context.js";
import type { Policy } from "../../service/service.js";
import { withCall } from "../../service/with-call.js";
import { FieldId } from "../../wire/http/field-id.js";
import type { Fields } from "../../wire/http/fields.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { callOptions } from "../call/call-options.js";
import { parseRetryAfter } from "../policy/retry-after.js";
import { readStart } from "./read-start.js";
import { RemoteError } from "./remote-error.js";
import { parseSerializedError } from "./serialized-error.js";

/** What {@link errorMapping} makes of answers that are no success. */
export interface ErrorMappingOptions {
  /**
   * What becomes of 429 and 503. `retry` leaves them to the retries of this client; `propagate` marks
   * them as not to be tried again, and to be passed on to whoever called this process.
   * @defaultValue `retry`
   */
  readonly serverQos?: "retry" | "propagate" | undefined;
  /**
   * Whose failure a Conjure error of the server is. `wrap` makes it this process's own: its callers
   * get an internal error. `propagate` marks it to be passed on to them with its code, name and parameters.
   * @defaultValue `wrap`
   */
  readonly serviceError?: "wrap" | "propagate" | undefined;
  /**
   * How much of the body of such an answer is read, in bytes; a whole number of at least 0.
   * @defaultValue 10_240
   */
  readonly maxBodyBytes?: number | undefined;
  /** Reads dates in `Retry-After`. @defaultValue the system's clock */
  readonly clock?: Clock | undefined;
}

/** Turns an answer that is no success into the error it stands for, reading the start of its body. */
export type ErrorReader = (response: HttpResponse, context: CallContext) => Promise<RemoteError>;

/**
 * Turns every answer but 2xx, and 101, into a {@link RemoteError}: 429 is `throttled`, 503
 * `unavailable`, anything else `failed`. Redirects are not followed. Bodies of such answers are read
 * here, up to a limit: what is longer is cut, what is no Conjure error is kept as text.
 *
 * @throws MillraceError `invalid-options`, at once, when an option is out of its range
 * @throws RemoteError from the call, for every answer that is no success
 */
export function errorMapping(options: ErrorMappingOptions = {}): Policy<HttpRequest, HttpResponse> {
  const read = createErrorReader(options);
  return (inner) =>
    withCall(inner, (request, context) =>
      inner.call(request, context).then((response) => {
        if (isSuccess(response)) return response;
        return read(response, context).then((error) => {
          throw error;
        });
      }),
    );
}

/** Whether an answer is what was asked for: 2xx, or the switch to another protocol. */
export function isSuccess({ status }: HttpResponse): boolean {
  return (status >= 200 && status < 300) || status === 101;
}

/**
 * Makes the part of {@link errorMapping} that reads errors.
 *
 * @throws MillraceError `invalid-options`, at once, when an option is out of its range
 */
export function createErrorReader(options: ErrorMappingOptions = {}): ErrorReader {
  const { serverQos = "retry", serviceError = "wrap", maxBodyBytes = 10_240, clock = systemClock } = options;
  requireOneOf("errorMapping.serverQos", serverQos, ["retry", "propagate"]);
  requireOneOf("errorMapping.serviceError", serviceError, ["wrap", "propagate"]);
  requireWhole("errorMapping.maxBodyBytes", maxBodyBytes, 0);

  return async (response, context) => {
    const { status, fields } = response;
    const text = await startOf(response, maxBodyBytes, context);
    const error = parseSerializedError(text);
    const isQos = status === 429 || status === 503;
    const propagates = isQos
      ? serverQos === "propagate"
      : serviceError === "propagate" && error !== undefined;
    return new RemoteError({
      status,
      fields,
      error,
      text: error ? "" : text,
      retryAfterMs: isQos ? retryAfterMs(fields, clock) : undefined,
      endpoint: endpointText(context),
      propagates,
    });
  };
}

async function startOf({ body }: HttpResponse, maxBytes: number, context: CallContext): Promise<string> {
  try {
    return await readStart(body, maxBytes);
  } catch {
    // The status is worth more than what became of the body, unless nobody wants either.
    if (context.aborted) throw context.reason;
    return "";
  }
}

function retryAfterMs(fields: Fields, clock: Clock): number | undefined {
  const value = fields.getId(FieldId.retryAfter);
  return value === undefined ? undefined : parseRetryAfter(value, clock.wallTime());
}

function endpointText(context: CallContext): string | undefined {
  const endpoint = context.get(callOptions)?.endpoint;
  return endpoint && `${endpoint.method} ${endpoint.path}`;
}
