import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isMillraceError } from "../../base/errors.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { WaveLimit, type WaveOptions } from "./wave-limit.js";

describe("WaveLimit", () => {
  it("begins at 20", () => {
    assert.equal(new WaveLimit().limit, 20);
  });

  it("grows by its square root in each wave that used it up", async () => {
    const { limit, wave } = setup();
    await wave();
    assert.ok(Math.abs(limit.limit - (20 + Math.sqrt(20))) < 1e-9);
    const before = limit.limit;
    await wave();

    assert.ok(Math.abs(limit.limit - (before + Math.sqrt(before))) < 1e-9);
  });

  it("stays where it is while it is not used up", async () => {
    const { limit, wave } = setup();
    await wave({ calls: 20, inFlight: 17 });

    assert.equal(limit.limit, 20);
  });

  it("loses two places for a dropped call, and half for a wave of them", async () => {
    const one = setup();
    await one.wave({ dropped: 1 });
    assert.equal(one.limit.limit, 18);

    const all = setup();
    await all.wave({ dropped: 20 });
    assert.equal(all.limit.limit, 10);
  });

  it("goes down from what was in flight, where that was less", async () => {
    const { limit, wave } = setup();
    await wave({ calls: 6, inFlight: 6, dropped: 6 });

    assert.equal(limit.limit, 3);
  });

  it("counts calls of before it came down for nothing", async () => {
    const { clock, limit, wave } = setup();
    await wave({ dropped: 20 });
    for (let count = 0; count < 50; count += 1) limit.note({ verdict: "dropped", rttMs: 100, inFlight: 20 });
    assert.equal(limit.limit, 10);
    await clock.advance(100);
    for (let count = 0; count < 10; count += 1) limit.note({ verdict: "dropped", rttMs: 100, inFlight: 10 });

    assert.equal(limit.limit, 5);
  });

  it("never goes below its least", async () => {
    const { limit, wave } = setup({ min: 2 });
    for (let count = 0; count < 20; count += 1) await wave({ dropped: 20 });

    assert.equal(limit.limit, 2);
  });

  it("goes quickly to where it met trouble, then carefully, then free again", async () => {
    const { limit, wave } = setup();
    await wave({ dropped: 20 });
    await wave();
    assert.ok(limit.limit > 13, "a step of a square root");
    await wave();
    const careful = limit.limit;
    await wave();
    assert.ok(limit.limit - careful < 0.2, "a small step");
    for (let count = 0; count < 30; count += 1) await wave();

    assert.ok(limit.limit > 40, String(limit.limit));
  });

  it("comes down when it is used up and answers take more than twice as long as usual", async () => {
    const { limit, wave } = setup();
    for (let count = 0; count < 3; count += 1) await wave({ rttMs: 100, inFlight: 10 });
    await wave({ rttMs: 250 });

    assert.equal(limit.limit, 15);
  });

  it("does not, where it is not used up, or latency is not to be heeded", async () => {
    const unused = setup();
    await unused.wave({ rttMs: 100, inFlight: 10 });
    await unused.wave({ rttMs: 900, inFlight: 10 });
    assert.equal(unused.limit.limit, 20);

    const heedless = setup({ heedLatency: false });
    await heedless.wave({ rttMs: 100, inFlight: 10 });
    await heedless.wave({ rttMs: 900 });
    assert.ok(heedless.limit.limit > 20);
  });

  it("takes slow answers for usual in the end", async () => {
    const { limit, wave } = setup();
    await wave({ rttMs: 100, inFlight: 10 });
    for (let count = 0; count < 400; count += 1) await wave({ rttMs: 250 });
    const before = limit.limit;
    await wave({ rttMs: 250 });

    assert.ok(limit.limit >= before);
  });

  it("believes no more that its limit makes answers slow when lower ones do not help", async () => {
    const { limit, wave } = setup();
    await wave({ rttMs: 100, inFlight: 10 });
    for (let count = 0; count < 40; count += 1) await wave({ rttMs: 10_000 });

    assert.ok(limit.limit > 20, String(limit.limit));
  });

  it("takes no first quick answers for the usual ones", async () => {
    const { limit, wave } = setup();
    for (let count = 0; count < 20; count += 1) {
      limit.note({ verdict: "success", rttMs: 10 * count, inFlight: 20 });
    }
    await wave({ rttMs: 150 });

    assert.ok(limit.limit > 20);
  });

  it("stays between its bounds, whatever calls tell", () => {
    const sample = fc.record({
      verdict: fc.constantFrom("success" as const, "dropped" as const),
      rttMs: fc.nat(10_000),
      inFlight: fc.integer({ min: 1, max: 200 }),
    });
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 500 }), (samples) => {
        const limit = new WaveLimit({ min: 2, max: 60, clock: new VirtualClock() });
        for (const each of samples) {
          limit.note(each);
          assert.ok(limit.limit >= 2 && limit.limit <= 60);
        }
      }),
    );
  });

  it("rejects options out of their range", () => {
    const wrong: WaveOptions[] = [{ min: 0 }, { min: 5, max: 4 }, { initial: 0 }, { initial: Number.NaN }];
    for (const options of wrong) {
      assert.throws(
        () => new WaveLimit(options),
        (error) => isMillraceError(error, "invalid-options"),
      );
    }
  });
});

function setup(options: WaveOptions = {}) {
  const clock = new VirtualClock();
  const limit = new WaveLimit({ ...options, clock });
  return {
    clock,
    limit,
    /** As many calls at once as the limit lets run, or as given, of which some are dropped. */
    async wave({ calls, inFlight, dropped = 0, rttMs = 100 }: Partial<Wave> = {}) {
      const count = calls ?? Math.ceil(Math.min(limit.limit, inFlight ?? Infinity));
      const atOnce = inFlight ?? Math.floor(limit.limit);
      await clock.advance(rttMs);
      for (let index = 0; index < count; index += 1) {
        limit.note({ verdict: index < dropped ? "dropped" : "success", rttMs, inFlight: atOnce });
      }
    },
  };
}

interface Wave {
  readonly calls: number;
  readonly inFlight: number;
  readonly dropped: number;
  readonly rttMs: number;
}
