// The short form of npm run chaos:proxy.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { replaceUnderLoad } from "./proxy.mjs";
import { killProxies } from "./proxy-kills.mjs";

describe("the proxy, under load of every kind", () => {
  it("R6: is replaced without a request failing", async () => {
    const { answered, failures } = await replaceUnderLoad(3);

    assert.deepEqual(failures, []);
    assert.ok(answered > 50);
  });

  it("R4, R14: is served by one generation in the end, and refuses nobody, whichever process is killed when", async () => {
    const { answered, faults, refusals } = await killProxies({ rounds: 6, seed: 1 });

    assert.deepEqual(faults, []);
    assert.deepEqual(refusals, []);
    assert.ok(answered > 50);
  });
});
