import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createDeferred } from "./deferred.js";

describe("createDeferred", () => {
  it("settles its promise from outside, once", async () => {
    const deferred = createDeferred<string>();
    deferred.resolve("first");
    deferred.reject(new Error("second"));

    assert.equal(await deferred.promise, "first");
  });

  it("fails its promise from outside", async () => {
    const deferred = createDeferred();
    deferred.reject(new Error("broken"));

    await assert.rejects(deferred.promise, /broken/);
  });
});
