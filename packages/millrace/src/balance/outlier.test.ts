import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isMillraceError, MillraceError } from "../base/errors.js";
import { MockService } from "../testing/mock-service.js";
import { latencySettings } from "./load/peak-ewma.js";
import { createMember } from "./member.js";
import { type Ejection, type OutlierOptions, Outliers, outlierSettings } from "./outlier.js";
import { Roster } from "./roster.js";

describe("Outliers", () => {
  it("ejects a member at its fifth failure in a row", () => {
    const { fail, keys, ejections } = setup("abc");
    fail("a", 4);
    assert.equal(keys(0), "abc");
    fail("a");

    assert.equal(keys(0), "bc");
    assert.deepEqual(ejections, [{ key: "a", reason: "failures", ejections: 1, durationMs: 10_000 }]);
  });

  it("counts anew after a success", () => {
    const { fail, succeed, keys } = setup("abc");
    fail("a", 4);
    succeed("a");
    fail("a", 4);

    assert.equal(keys(0), "abc");
  });

  it("ejects a member at its second connection in a row that cannot be made", () => {
    const { fail, keys, ejections } = setup("abc");
    fail("a", 1, refused);
    fail("a", 1);
    fail("a", 1, refused);
    assert.equal(keys(0), "abc");
    fail("a", 1, refused);

    assert.equal(keys(0), "bc");
    assert.equal(ejections[0]?.reason, "connect-failures");
  });

  it("ejects for longer each time, up to the longest", () => {
    const { fail, ejections } = setup("abc", { maxEjectionMs: 25_000 });
    for (const now of [0, 10_000, 30_000, 55_000]) fail("a", 5, broken, now);

    assert.deepEqual(
      ejections.map(({ durationMs }) => durationMs),
      [10_000, 20_000, 25_000, 25_000],
    );
  });

  it("ejects a member that has just come back at its first failure", () => {
    const { fail, keys } = setup("abc");
    fail("a", 5);
    assert.equal(keys(10_000), "abc");
    fail("a", 1, broken, 10_000);

    assert.equal(keys(10_000), "bc");
  });

  it("ends the probation with a success", () => {
    const { fail, succeed, keys } = setup("abc");
    fail("a", 5);
    succeed("a");
    fail("a", 4, broken, 10_000);

    assert.equal(keys(10_000), "abc");
  });

  it("forgets an ejection after every while a member has stayed in", () => {
    const { fail, ejections } = setup("abc", { forgiveMs: 30_000 });
    fail("a", 5, broken, 0);
    fail("a", 1, broken, 10_000);
    fail("a", 1, broken, 30_000);
    fail("a", 1, broken, 60_000 + 60_000);

    assert.deepEqual(
      ejections.map(({ ejections }) => ejections),
      [1, 2, 3, 2],
    );
  });

  it("does not count failures of an ejected member", () => {
    const { fail, ejections } = setup("abc");
    fail("a", 20);

    assert.equal(ejections.length, 1);
  });

  it("ejects no larger share of the members than allowed", () => {
    const { fail, keys } = setup("abcd");
    for (const key of "abcd") fail(key, 5);

    assert.equal(keys(0), "cd");
  });

  it("does not count draining members in that share", () => {
    const { roster, fail, keys } = setup("abcd");
    roster.update("c", { draining: true }, 0);
    roster.update("d", { draining: true }, 0);
    fail("a", 5);
    fail("b", 5);

    assert.equal(keys(0), "b");
  });

  it("never ejects the last usable member", () => {
    const { roster, fail, ejections } = setup("abc", { maxEjectedRatio: 1 });
    roster.update("a", { health: "unhealthy" }, 0);
    fail("b", 5);
    fail("c", 5);

    assert.deepEqual(
      ejections.map(({ key }) => key),
      ["b"],
    );
  });

  it("ejects a member as soon as it may, if it still fails", () => {
    const { fail, keys } = setup("ab");
    fail("a", 5);
    fail("b", 7);
    assert.equal(keys(0), "b");
    fail("b", 1, broken, 10_000);

    assert.equal(keys(10_000), "a");
  });

  it("lets a member back before its time when it is absolved, on probation all the same", () => {
    const { roster, outliers, fail, keys } = setup("abc");
    fail("a", 5);
    outliers.absolve(roster.get("a")!, 1000);
    assert.equal(keys(1000), "abc");
    fail("a", 1, broken, 1000);

    assert.equal(keys(1000), "bc");
  });

  it("leaves a member alone that was replaced", () => {
    const { roster, outliers, make, ejections } = setup("abc");
    const old = roster.get("a")!;
    roster.insert(make("a"));
    for (let count = 0; count < 5; count += 1) outliers.failed(old, broken, 0);

    assert.deepEqual(ejections, []);
  });

  it("can be told that failures never eject, though refused connections do", () => {
    const { fail, ejections } = setup("abc", { consecutiveFailures: Infinity });
    fail("a", 100);
    fail("a", 2, refused);
    fail("a", 100, broken, 10_000);

    assert.deepEqual(
      ejections.map(({ reason }) => reason),
      ["connect-failures"],
    );
  });

  it("keeps within its share, and leaves one, whatever happens", () => {
    const step = fc.record({ key: fc.constantFrom(..."abcdef"), ok: fc.boolean(), pauseMs: fc.nat(5000) });
    fc.assert(
      fc.property(fc.array(step), fc.double({ min: 0, max: 1, noNaN: true }), (steps, maxEjectedRatio) => {
        const { roster, fail, succeed } = setup("abcdef", { maxEjectedRatio, consecutiveFailures: 1 });
        let now = 0;
        for (const { key, ok, pauseMs } of steps) {
          now += pauseMs;
          if (ok) succeed(key);
          else fail(key, 1, broken, now);
          const ejected = [...roster.all()].filter(({ ejectedUntil }) => ejectedUntil > now).length;
          assert.ok(ejected <= maxEjectedRatio * 6 && ejected < 6);
        }
      }),
    );
  });
});

describe("outlierSettings", () => {
  const wrong: OutlierOptions[] = [
    { consecutiveFailures: 0 },
    { consecutiveConnectFailures: 1.5 },
    { baseEjectionMs: 0 },
    { maxEjectionMs: -1 },
    { maxEjectedRatio: 1.1 },
    { forgiveMs: 0 },
  ];
  for (const options of wrong) {
    const [[name, value]] = Object.entries(options) as [[string, number]];
    it(`rejects ${name}: ${value}`, () => {
      assert.throws(
        () => outlierSettings(options),
        (error) => isMillraceError(error, "invalid-options") && error.message.includes(name),
      );
    });
  }
});

const broken = new Error("broken");
const refused = new MillraceError("refused", { code: "connect-failed", unsent: true });

function setup(names: string, options?: OutlierOptions) {
  const roster = new Roster<string, string, string>(0);
  const ejections: Ejection<string>[] = [];
  const outliers = new Outliers(outlierSettings(options), roster, (ejection) => ejections.push(ejection));
  const make = (key: string) =>
    createMember({ key, service: new MockService<string, string>() }, latencySettings(), 0);
  for (const name of names) roster.insert(make(name));

  const fail = (key: string, times = 1, error: unknown = broken, now = 0) => {
    for (let count = 0; count < times; count += 1) outliers.failed(roster.get(key)!, error, now);
  };
  const succeed = (key: string) => outliers.succeeded(roster.get(key)!);
  const keys = (now: number) =>
    roster
      .candidatesAt(now)
      .map(({ key }) => key)
      .join("");
  return { roster, outliers, ejections, make, fail, succeed, keys };
}
