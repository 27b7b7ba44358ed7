// The short form of npm run chaos:handoff: what must not fail does not fail here either.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { upgrade } from "../../bench/handoff/upgrade.mjs";
import { failUnderLoad, faults, upgradeUnderLoad } from "./handoff.mjs";
import { killAtRandom } from "./kills.mjs";

describe("under load of every kind", () => {
  it("R6: upgrades fail no request: sockets passed", async () => {
    const { failed, reasons, answered } = await upgradeUnderLoad("passed", 20);

    assert.equal(failed, 0, reasons.join(", "));
    assert.ok(answered > 100);
  });

  it("R6: upgrades fail no request: bytes forwarded", async () => {
    const { failed, reasons } = await upgradeUnderLoad("forwarded", 4, { ways: ["forward"] });

    assert.equal(failed, 0, reasons.join(", "));
  });

  const gentle = /** @type {(keyof typeof faults)[]} */ (Object.keys(faults)).filter(
    (fault) => fault !== "kill-after-ready",
  );
  for (const fault of gentle) {
    it(`R8, R13, R14: a ${faults[fault]}, and no request fails`, async () => {
      const { failed, reasons } = await failUnderLoad(fault);

      assert.equal(failed, 0, reasons.join(", "));
    });
  }
});

describe("a benchmark", () => {
  it("tableflip benchmark: measures upgrades, of which the hand-over itself is the least", async () => {
    const { figures } = await upgrade({ upgrades: 1 });

    assert.deepEqual(
      Object.values(figures).map(({ length }) => length),
      [1, 1, 1, 1],
    );
    assert.ok((figures.handover[0] ?? NaN) < (figures.upgrade[0] ?? NaN));
  });
});

describe("one of three generations that is killed at any moment", () => {
  for (const [way, rounds] of /** @type {const} */ ([
    ["pass", 10],
    ["forward", 3],
  ])) {
    it(`R8, R14: leaves exactly one serving, and the next start takes over: ${way}`, async () => {
      assert.deepEqual(await killAtRandom({ rounds, seed: 1, ways: [way] }), []);
    });
  }
});
