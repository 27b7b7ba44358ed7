// The short form of npm run chaos:proxy.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { replaceUnderLoad } from "./proxy.mjs";

describe("the proxy, under load of every kind", () => {
  it("R6: is replaced without a request failing", async () => {
    const { answered, failures } = await replaceUnderLoad(3);

    assert.deepEqual(failures, []);
    assert.ok(answered > 50);
  });
});
