import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { seededRandom } from "../../base/random.js";
import { VirtualClock } from "../virtual-clock.js";
import { type Arrivals, bursts, closedLoop, everyMs, poisson } from "./arrivals.js";

describe("everyMs", () => {
  it("sends at once, and then at its interval", async () => {
    assert.deepEqual(await sendTimes(everyMs(10), 4), [0, 10, 20, 30]);
  });
});

describe("poisson", () => {
  it("sends at its mean rate, after pauses as chance has it", async () => {
    const times = await sendTimes(poisson(100), 20_000);
    const pauses = times.map((time, index) => time - (times[index - 1] ?? 0));
    const long = pauses.filter((pause) => pause > 10).length;

    assert.ok(Math.abs(times.at(-1)! / 20_000 - 10) < 0.3, String(times.at(-1)));
    assert.ok(Math.abs(long / 20_000 - 1 / Math.E) < 0.02, String(long));
  });
});

describe("bursts", () => {
  it("sends many at once, again and again", async () => {
    assert.deepEqual(await sendTimes(bursts({ size: 2, everyMs: 50 }), 5), [0, 0, 50, 50, 100]);
  });
});

describe("closedLoop", () => {
  it("has each caller wait for its answer, and rest", async () => {
    assert.deepEqual(await sendTimes(closedLoop({ callers: 2, restMs: 5 }), 6), [0, 0, 15, 15, 30, 30]);
  });
});

describe("arrivals", () => {
  for (const [name, create] of Object.entries({
    "everyMs.intervalMs": () => everyMs(0),
    "poisson.perSecond": () => poisson(-1),
    "bursts.size": () => bursts({ size: 0, everyMs: 1 }),
    "bursts.everyMs": () => bursts({ size: 1, everyMs: 0 }),
    "closedLoop.callers": () => closedLoop({ callers: 0 }),
    "closedLoop.restMs": () => closedLoop({ callers: 1, restMs: -1 }),
  })) {
    it(`rejects ${name} out of its range`, () => {
      assert.throws(
        create,
        (error) => isMillraceError(error, "invalid-options") && error.message.includes(name),
      );
    });
  }
});

/** When the first `count` requests are sent, if each takes 10 ms. */
async function sendTimes(arrivals: Arrivals, count: number): Promise<readonly number[]> {
  const clock = new VirtualClock();
  const times: number[] = [];
  const send = (ended?: () => void) => {
    if (times.length === count) return false;
    times.push(clock.now());
    if (ended) clock.schedule(10, ended);
    return true;
  };
  arrivals({ clock, random: seededRandom(1), send });
  await clock.run();
  return times;
}
