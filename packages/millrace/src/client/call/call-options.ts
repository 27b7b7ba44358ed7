import { type ContextKey, createContextKey } from "../../service/context.js";
import type { Endpoint } from "./endpoint.js";

/** What a caller says of one call beside its request. */
export interface CallOptions {
  /** What is called. */
  readonly endpoint: Endpoint;
  /**
   * Whether the request may reach the server twice.
   * @defaultValue what the client's idempotency rule says of the method
   */
  readonly idempotent?: boolean | undefined;
  /**
   * Retries of this call; a whole number of at least 0.
   * @defaultValue the client's `max-num-retries`
   */
  readonly maxRetries?: number | undefined;
  /**
   * Longest time from the call to the last byte of its response, with all its attempts, in milliseconds.
   * @defaultValue the client's `request-timeout`
   */
  readonly deadlineMs?: number | undefined;
}

/** The attachment of a call's context that holds its {@link CallOptions}. */
export const callOptions: ContextKey<CallOptions> = createContextKey("millrace.client.call");
