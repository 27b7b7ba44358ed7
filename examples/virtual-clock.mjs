// Time in the hands of a test: a minute passes at once, and nothing happens before its time.
import assert from "node:assert/strict";
import { isMillraceError } from "millrace/base";
import { createContext, stack, timeout } from "millrace/service";
import { MockService, VirtualClock } from "millrace/testing";

const clock = new VirtualClock();
const inner = new MockService();
const service = stack(timeout({ limitMs: 60_000, clock }))(inner);

const outcome = service.call("ping", createContext()).then(
  (response) => `answered ${response}`,
  (error) => (isMillraceError(error, "timeout") ? `timed out: ${error.message}` : "failed"),
);

await clock.advance(59_999);
assert.equal(inner.last.settled, false);
console.log(`after ${clock.now()} ms the call is open`);

await clock.advance(1);
console.log(`after ${clock.now()} ms it has ${await outcome}`);
assert.equal(inner.last.context.aborted, true);

// A call that is answered leaves no timer behind.
const second = service.call("ping", createContext());
inner.last.respond("pong");
assert.equal(await second, "pong");
assert.equal(clock.pending, 0);
console.log(`timers left: ${clock.pending}`);
