import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Flight, MemberLoad } from "./member-load.js";
import { latencySettings } from "./peak-ewma.js";

describe("MemberLoad", () => {
  it("T-pending counts: counts a call as in flight until it is done, not only answered", () => {
    const load = setup();
    const flight = load.start(0);
    load.answered(flight, 10);
    assert.equal(load.inFlight, 1);

    flight.callDone();
    flight.callDone();
    assert.equal(load.inFlight, 0);
  });

  it("knows how long the oldest call without an answer has waited", () => {
    const load = setup();
    assert.equal(load.oldestMs(0), 0);
    const first = load.start(0);
    const second = load.start(40);
    load.start(50);
    assert.equal(load.oldestMs(100), 100);
    load.answered(second, 100);
    assert.equal(load.oldestMs(100), 100);

    load.answered(first, 100);
    assert.equal(load.oldestMs(100), 50);
  });

  it("learns the latency from answers, and counts failures", () => {
    const load = setup();
    load.answered(load.start(0), 200);
    assert.equal(load.latencyMs(200), 200);
    load.failedAt(load.start(200), 200);
    load.givenUp(load.start(200), 900);

    assert.equal(load.latencyMs(900), 700);
    assert.deepEqual([load.started, load.failed], [3, 1]);
  });

  it("keeps the latency it last heard of, and knows none before the first answer", () => {
    const load = setup();
    load.givenUp(load.start(0), 900);
    assert.equal(load.heardLatencyMs, Infinity);
    load.answered(load.start(900), 2_900);

    assert.equal(load.heardLatencyMs, 2_000);
    assert.ok(load.latencyMs(30_000) < 200);
    assert.equal(load.heardLatencyMs, 2_000);
  });

  it("agrees with a list that is searched, whatever the order of the answers", () => {
    const script = fc.array(fc.record({ end: fc.boolean(), which: fc.nat(), pauseMs: fc.nat(10) }));
    fc.assert(
      fc.property(script, (steps) => {
        const load = setup();
        const open: Flight[] = [];
        let now = 0;
        for (const { end, which, pauseMs } of steps) {
          now += pauseMs;
          if (end && open.length > 0) {
            const [flight] = open.splice(which % open.length, 1);
            load.answered(flight!, now);
            flight!.callDone();
          } else open.push(load.start(now));

          assert.equal(load.inFlight, open.length);
          assert.equal(
            load.oldestMs(now),
            open.length > 0 ? now - Math.min(...open.map((f) => f.startedAt)) : 0,
          );
        }
      }),
    );
  });
});

function setup() {
  return new MemberLoad(latencySettings(), 0);
}
