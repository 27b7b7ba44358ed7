// A solution to docs/guides/building-a-layer.md: a time limit made of ready-made parts. `sleep` is the timer, and
// it ends with the call because it hears the same signal.
import assert from "node:assert/strict";
import { abortedError, isMillraceError, MillraceError, sleep, systemClock } from "millrace/base";
import { createContext, deriveContext } from "millrace/service";
import { MockService, VirtualClock } from "millrace/testing";

/**
 * Fails a call that has not answered within `limitMs`, and aborts it.
 *
 * @template Request, Response
 * @param {{ limitMs: number, clock?: import("millrace/base").Clock }} options
 * @returns {import("millrace/service").Policy<Request, Response>}
 */
export function timeout({ limitMs, clock = systemClock }) {
  return (inner) => ({
    get ready() {
      return inner.ready;
    },
    whenReady: (signal) => inner.whenReady(signal),
    async call(request, context) {
      const own = deriveContext(context);
      // The second, of 0 ms, is one more turn for an answer that came in time.
      const late = sleep(clock, limitMs, own.signal)
        .then(() => sleep(clock, 0, own.signal))
        .then(() => {
          throw new MillraceError(`no response within ${limitMs} ms`, { code: "timeout", unsent: false });
        });
      try {
        return await Promise.race([inner.call(request, own), late]);
      } catch (error) {
        own.abort(error);
        throw error;
      } finally {
        own.abort(abortedError("the call is over"));
        own.release();
      }
    },
  });
}

const clock = new VirtualClock();
const inner = new MockService();
const service = timeout({ limitMs: 100, clock })(inner);

const late = service.call("late", createContext()).catch((error) => error);
await clock.advance(100);
assert.ok(isMillraceError(await late, "timeout"));
console.log(`late: ${(await late).message}, the peer was told: ${inner.last.context.aborted}`);

const close = service.call("close", createContext());
clock.schedule(100, () => inner.last.respond("pong"));
await clock.advance(100);
console.log(`at the last moment: ${await close}`);
console.log(`timers left: ${clock.pending}`);
