import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { Keeper } from "./keeper.js";

describe("a keeper", () => {
  it("looks every 5 s, and not while it looks, until it is disposed", async () => {
    const { clock, looks, keeper } = setup([true, true]);
    await clock.advance(4_999);
    assert.deepEqual(looks, []);
    await clock.advance(5_001);
    assert.deepEqual(looks, [5_000, 10_000]);
    keeper[Symbol.dispose]();
    await clock.advance(60_000);

    assert.equal(looks.length, 2);
    assert.equal(clock.pending, 0);
  });

  it("tells what stays wrong once, and again when it goes wrong again", async () => {
    const { clock, faults, keeper } = setup([false, true, false, false, false, true, "disk", "disk", true]);
    await clock.advance(9 * 5_000);
    keeper[Symbol.dispose]();

    assert.deepEqual(faults, [
      [20_000, "another process has it"],
      [40_000, "disk"],
    ]);
    assert.equal(clock.pending, 0);
  });
});

/** A keeper that finds one thing after the other: whether all is well, or a fault. */
function setup(findings: (boolean | string)[]) {
  const clock = new VirtualClock();
  const began = clock.wallTime();
  const looks: number[] = [];
  const faults: [number, string][] = [];
  const keeper = new Keeper({
    clock,
    keep: (nowMs) => {
      looks.push(nowMs - began);
      const found = findings.shift() ?? true;
      return typeof found === "string" ? Promise.reject(new Error(found)) : Promise.resolve(found);
    },
    onFault: (reason) => faults.push([clock.now(), reason]),
  });
  return { clock, looks, faults, keeper };
}
