import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Doubt } from "./doubt.js";

describe("Doubt", () => {
  it("avoids after one failure what is called rarely and where peers never fail", () => {
    const doubt = working({ everyMs: 1_000 });
    doubt.failed({ usually: 0.0005, elapsedMs: 10, now: 100_000 });

    assert.ok(doubt.avoided);
  });

  it("waits for a second failure where there are many calls: it comes soon enough", () => {
    const doubt = working({ everyMs: 10 });
    doubt.failed({ usually: 0.0005, elapsedMs: 10, now: 100_000 });
    assert.ok(!doubt.avoided && doubt.level > 0);
    doubt.failed({ usually: 0.0005, elapsedMs: 10, now: 100_010 });

    assert.ok(doubt.avoided);
  });

  it("takes failures for nothing much where all fail now and then", () => {
    const doubt = working({ everyMs: 1_000 });
    doubt.failed({ usually: 0.05, elapsedMs: 10, now: 100_000 });

    assert.ok(doubt.level < 0.1, String(doubt.level));
  });

  it("forgets by good calls, but not by those that started before the one that failed", () => {
    const doubt = working({ everyMs: 1_000 });
    doubt.failed({ usually: 0.0005, elapsedMs: 10, now: 100_000 });
    const { level } = doubt;
    doubt.succeeded(99_980, 100_100);
    assert.equal(doubt.level, level);
    doubt.succeeded(100_001, 100_200);

    assert.ok(!doubt.avoided);
    assert.ok(doubt.level > 0);
  });

  it("is probed after a hundred calls went elsewhere, and five seconds", () => {
    const doubt = broken();
    for (let count = 0; count < 110; count += 1) assert.ok(!doubt.probeDue(4_999));

    assert.ok(doubt.probeDue(5_000));
  });

  it("is probed after a minute, however few calls there are", () => {
    const doubt = broken();
    assert.ok(!doubt.probeDue(59_999));

    assert.ok(doubt.probeDue(60_000));
  });

  it("is probed later where a failure took long", () => {
    const doubt = broken({ elapsedMs: 2_000 });
    for (let count = 0; count < 110; count += 1) assert.ok(!doubt.probeDue(19_999));

    assert.ok(doubt.probeDue(20_000));
  });

  it("is probed by one call at a time, and half as often after each that failed", () => {
    const doubt = broken();
    for (let count = 0; count < 110; count += 1) doubt.probeDue(1);
    doubt.probe();
    assert.ok(!doubt.probeDue(100_000));
    doubt.failed({ usually: 0.0005, elapsedMs: 10, now: 100_000 });
    for (let count = 0; count < 200; count += 1) assert.ok(!doubt.probeDue(109_999));
    assert.ok(doubt.probeDue(110_000));
  });

  it("may be probed again after a probe that told nothing", () => {
    const doubt = broken();
    doubt.probe();
    doubt.ended();

    assert.ok(doubt.probeDue(60_000));
  });

  it("stays a probability, and is less after a good call", () => {
    const event = fc.record({
      good: fc.boolean(),
      passedMs: fc.nat(100_000),
      usually: fc.double({ min: 1e-4, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const doubt = new Doubt();
        let now = 0;
        for (const { good, passedMs, usually } of events) {
          now += passedMs + 1;
          const { level } = doubt;
          if (good) doubt.succeeded(now, now);
          else doubt.failed({ usually, elapsedMs: 1, now });
          assert.ok(doubt.level >= 0 && doubt.level <= 0.9);
          if (good) assert.ok(doubt.level <= level);
          assert.ok(doubt.failureRate >= 0 && doubt.failureRate <= 1);
        }
      }),
    );
  });
});

/** What has answered well for 100 s. */
function working({ everyMs }: { everyMs: number }) {
  const doubt = new Doubt();
  for (let now = 0; now < 100_000; now += everyMs) doubt.succeeded(now, now);
  return doubt;
}

/** What has failed at time 0, beyond doubt. */
function broken({ elapsedMs = 10 } = {}) {
  const doubt = new Doubt();
  for (let count = 0; count < 5; count += 1) doubt.failed({ usually: 0.0005, elapsedMs, now: 0 });
  return doubt;
}
