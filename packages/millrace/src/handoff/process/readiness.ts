import { type Clock, sleep } from "../../base/clock.js";
import { MillraceError } from "../../base/errors.js";
import { ChildAbort, raceSignal } from "../../base/signal.js";

/**
 * Whether this process can serve. `false`, and an error, mean not yet. `signal` aborts when the answer is not waited
 * for any more.
 */
export type ReadyCheck = (signal: AbortSignal) => boolean | Promise<boolean>;

/** How a check is repeated. */
export interface ReadinessOptions {
  readonly clock: Clock;
  /** How long it may take until a check passes, in milliseconds. */
  readonly withinMs: number;
  /** Ends the wait without a result. */
  readonly signal: AbortSignal;
}

/** From the end of one check to the next, in milliseconds. */
const everyMs = 100;
/** How long one check may take, in milliseconds. */
const checkMs = 5_000;

/**
 * Asks `check` at once and then again every 100 ms until it passes; one that takes longer than 5 s has not passed.
 *
 * @throws MillraceError `timeout` when none has passed in time, with the error of the last as its cause; the reason of
 * `signal` when that aborts first
 */
export async function untilReady(
  check: ReadyCheck,
  { clock, withinMs, signal }: ReadinessOptions,
): Promise<void> {
  using waiting = new ChildAbort(signal);
  let last: unknown;
  using _timer = clock.schedule(withinMs, () => waiting.abort(tooLate(withinMs, last)));
  for (;;) {
    try {
      if (await ask(check, clock, waiting.signal)) return;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await sleep(clock, everyMs, waiting.signal);
  }
}

async function ask(check: ReadyCheck, clock: Clock, signal: AbortSignal): Promise<boolean> {
  using asking = new ChildAbort(signal);
  using _timer = clock.schedule(checkMs, () =>
    asking.abort(new Error(`no answer within ${checkMs / 1_000} s`)),
  );
  return await raceSignal(asking.signal, async () => check(asking.signal));
}

function tooLate(withinMs: number, last: unknown): MillraceError {
  const why = last === undefined ? "its check says no" : `its check fails: ${messageOf(last)}`;
  return new MillraceError(`this process was not ready within ${withinMs / 1_000} s: ${why}`, {
    code: "timeout",
    unsent: true,
    cause: last,
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
