import { MillraceError } from "../../base/errors.js";
import { requireWhole } from "../../base/options.js";
import { ReadyLine } from "../ready-line.js";
import type { Policy, Service } from "../service.js";

/** How many {@link buffer} lets wait. */
export interface BufferOptions {
  /** Calls that may wait at once, a whole number of at least 1: for each service the layer wraps. */
  readonly limit: number;
}

/**
 * Lets at most `limit` calls wait for an inner service that is not ready, first come first served, and
 * turns the others away. A call that is aborted while it waits leaves its place to another.
 *
 * Ready while it has room, so that {@link loadShed} or a balancer outside sees the room: `buffer` of 100
 * over {@link concurrencyLimit} of 10 takes 110. After tower's `buffer`, without its worker.
 *
 * @throws MillraceError `overloaded`, from the call, when the line is full; the peer has not seen it
 * @throws MillraceError `unavailable`, from the call, once the inner service can never be ready again,
 * with its error as the cause; those in line fail so, too
 * @throws MillraceError `invalid-options`, at once, when `limit` is not a whole number from 1
 */
export function buffer<Request, Response>(options: BufferOptions): Policy<Request, Response> {
  const { limit } = options;
  requireWhole("buffer.limit", limit, 1);
  return (inner) => bufferedService(inner, limit);
}

function bufferedService<Request, Response>(
  inner: Service<Request, Response>,
  limit: number,
): Service<Request, Response> {
  const line = new ReadyLine<Request, Response>({
    get ready() {
      return inner.ready;
    },
    whenReady: (signal) =>
      inner.whenReady(signal).catch((error: unknown) => {
        throw signal?.aborted ? error : failed(error);
      }),
    call: (request, context) => inner.call(request, context),
  });
  const hasRoom = () => !line.broken && (line.ready || line.length < limit);
  return {
    get ready() {
      return hasRoom();
    },
    whenReady: (signal) => (hasRoom() ? Promise.resolve() : line.whenShorter(signal)),
    call(request, context) {
      if (hasRoom() || line.broken) return line.call(request, context);
      const message = `${limit} calls wait already`;
      return Promise.reject(new MillraceError(message, { code: "overloaded", unsent: true }));
    },
  };
}

function failed(cause: unknown): MillraceError {
  const message = `the buffered service failed: ${String(cause)}`;
  return new MillraceError(message, { code: "unavailable", unsent: true, cause });
}
