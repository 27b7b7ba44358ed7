import type { Socket } from "node:net";
import type { Clock } from "../../base/clock.js";
import { MillraceError } from "../../base/errors.js";

/** What bounds an attempt to connect. */
export interface AttemptBounds {
  readonly target: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits for `socket` to say `event`, for at most the time allowed; destroys it otherwise.
 *
 * @throws MillraceError `connect-failed` or `timeout`; the signal's reason when that aborts first
 */
export function settleConnect(
  socket: Socket,
  event: "connect" | "secureConnect",
  { target, timeoutMs, clock, signal }: AttemptBounds,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      timer[Symbol.dispose]();
      socket.off(event, onConnect);
      socket.off("error", onError);
      socket.off("close", onClose);
      signal?.removeEventListener("abort", onAbort);
      settle();
    };
    const fail = (error: unknown) => {
      finish(() => reject(error as Error));
      // The attempt is over: what the socket still has to say is of no interest.
      socket.on("error", () => {});
      socket.destroy();
    };
    const onConnect = () => finish(resolve);
    const onError = (cause: Error) => fail(connectFailed(target, cause));
    const onClose = () => fail(connectFailed(target, new Error("the connection closed")));
    const onAbort = () => fail(signal!.reason);
    const timer = clock.schedule(timeoutMs, () => fail(connectTimedOut(target, timeoutMs)));

    socket.on(event, onConnect);
    socket.on("error", onError);
    socket.on("close", onClose);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) onAbort();
  });
}

function connectFailed(target: string, cause: Error): MillraceError {
  const code = (cause as NodeJS.ErrnoException).code ?? cause.message;
  return new MillraceError(`cannot connect to ${target}: ${code}`, {
    code: "connect-failed",
    unsent: true,
    cause,
  });
}

function connectTimedOut(target: string, timeoutMs: number): MillraceError {
  return new MillraceError(`no connection to ${target} within ${timeoutMs} ms`, {
    code: "timeout",
    phase: "connect",
    unsent: true,
  });
}
