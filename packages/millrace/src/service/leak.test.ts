import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import type { Remains } from "./leak.test.fixture.js";

describe("a million calls", () => {
  it("leave nothing behind in any layer or balancer, in a context that outlives them, nor on the clock", async () => {
    const worker = new Worker(new URL("./leak.test.fixture.js", import.meta.url));
    const [{ heapBytes, timers }] = (await once(worker, "message")) as [Remains];
    await worker.terminate();

    // Four bytes a call would be as much.
    assert.ok(heapBytes < 4_000_000, `${heapBytes} bytes more`);
    assert.equal(timers, 0);
  });
});
