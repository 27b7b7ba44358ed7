import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Backoff, type BackoffOptions, type Jitter } from "./backoff.js";
import { isMillraceError } from "./errors.js";
import { seededRandom } from "./random.js";

describe("Backoff", () => {
  it("T-backoff first base: grows by its factor up to the longest wait", () => {
    const backoff = new Backoff({ initialMs: 100, maxMs: 500, factor: 2, jitter: 0 });

    assert.deepEqual(
      [1, 2, 3, 4, 5].map(() => backoff.next()),
      [100, 200, 400, 500, 500],
    );
  });

  it("begins anew after a reset", () => {
    const backoff = new Backoff({ initialMs: 100, jitter: 0 });
    backoff.next();
    backoff.next();
    assert.equal(backoff.failures, 2);
    backoff.reset();

    assert.equal(backoff.failures, 0);
    assert.equal(backoff.next(), 100);
  });

  it("gives the same waits for the same seed", () => {
    const waits = () => {
      const backoff = new Backoff({ random: seededRandom(7) });
      return [1, 2, 3].map(() => backoff.next());
    };

    assert.deepEqual(waits(), waits());
  });

  it("T-backoff jitter finite: stays within its jitter, finite and ordered, for any options and any number of failures", () => {
    const options = fc.record({
      initialMs: fc.double({ min: 0.001, max: 1e6, noNaN: true }),
      maxMs: fc.double({ min: 0.001, max: 1e6, noNaN: true }),
      factor: fc.double({ min: 1, max: 100, noNaN: true }),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(options, fc.integer({ min: 0, max: 2000 }), ({ seed, ...given }, failures) => {
        const backoff = new Backoff({ ...given, random: seededRandom(seed) });
        for (let count = 0; count < failures; count += 1) backoff.next();
        const wait = backoff.next();
        const full = Math.min(given.maxMs, given.initialMs * given.factor ** failures);
        assert.ok(wait <= full && wait >= full * (1 - given.jitter) - 1e-9, `${wait} of ${full}`);
      }),
    );
  });

  it("leaves all or half of a wait to chance, by name", () => {
    const waits = (jitter: Jitter) => {
      const backoff = new Backoff({ initialMs: 100, jitter, random: () => 0.75 });
      return [1, 2, 3].map(() => backoff.next());
    };

    assert.deepEqual(waits("full"), [25, 50, 100]);
    assert.deepEqual(waits("equal"), [62.5, 125, 250]);
    assert.deepEqual(waits("equal"), waits(0.5));
    assert.deepEqual(waits("full"), waits(1));
  });

  it("goes on from the wait before when it is decorrelated, and begins anew after a reset", () => {
    const backoff = new Backoff({
      initialMs: 100,
      maxMs: 1000,
      jitter: "decorrelated",
      random: () => 0.5,
    });
    const three = () => [1, 2, 3, 4].map(() => backoff.next());
    assert.deepEqual(three(), [200, 350, 575, 912.5]);
    assert.equal(backoff.next(), 1000);
    backoff.reset();

    assert.deepEqual(three(), [200, 350, 575, 912.5]);
  });

  it("never leaves its bounds when it is decorrelated", () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0.001, max: 1e6, noNaN: true }), (seed, maxMs) => {
        const backoff = new Backoff({
          initialMs: 100,
          maxMs,
          jitter: "decorrelated",
          random: seededRandom(seed),
        });
        for (let count = 0; count < 50; count += 1) {
          const wait = backoff.next();
          assert.ok(wait <= maxMs && wait >= Math.min(100, maxMs), `${wait} of ${maxMs}`);
        }
      }),
    );
  });

  const wrong: BackoffOptions[] = [
    { initialMs: 0 },
    { maxMs: -1 },
    { factor: 0.5 },
    { jitter: 1.1 },
    { jitter: Number.NaN },
    { jitter: "none" as "full" },
  ];
  for (const options of wrong) {
    const [[name, value]] = Object.entries(options) as [[string, number]];
    it(`rejects ${name}: ${value}`, () => {
      assert.throws(
        () => new Backoff(options),
        (error) => isMillraceError(error, "invalid-options") && error.message.includes(name),
      );
    });
  }
});
