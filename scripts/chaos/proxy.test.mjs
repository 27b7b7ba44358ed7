// The short form of npm run chaos:proxy.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { failUnderLoad, faults, replaceUnderLoad } from "./proxy.mjs";
import { killProxies } from "./proxy-kills.mjs";

describe("the proxy, under load of every kind", () => {
  it("R6: is replaced without a request failing", async () => {
    const { answered, failed, reasons } = await replaceUnderLoad(3);

    assert.equal(failed, 0, reasons.join(", "));
    assert.ok(answered > 50);
  });

  for (const fault of Object.keys(faults)) {
    it(`R8, R13, R14: serves on when a new version fails, and no request does: ${fault}`, async () => {
      const { answered, failed, reasons } = await failUnderLoad(fault);

      assert.equal(failed, 0, reasons.join(", "));
      assert.ok(answered > 20);
    });
  }

  it("R4, R14: is served by one generation in the end, and refuses nobody, whichever process is killed when", async () => {
    const { answered, faults: wrong, refusals } = await killProxies({ rounds: 6, seed: 1 });

    assert.deepEqual(wrong, []);
    assert.deepEqual(refusals, []);
    assert.ok(answered > 50);
  });
});
