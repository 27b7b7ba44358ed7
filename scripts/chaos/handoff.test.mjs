// The short form of npm run chaos:handoff: what must not fail does not fail here either.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { failUnderLoad, faults, upgradeUnderLoad } from "./handoff.mjs";

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

  for (const fault of faults.filter((one) => one !== "kill-after-ready")) {
    it(`R8, R13, R14: a new version that does ${fault} fails no request`, async () => {
      const { failed, reasons } = await failUnderLoad(fault);

      assert.equal(failed, 0, reasons.join(", "));
    });
  }
});
