import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AimdLimit } from "../../service/limit/aimd-limit.js";
import { Limiter } from "./limiter.js";

describe("Limiter", () => {
  it("C18: lets twenty in to begin with", () => {
    const { permits } = new Limiter(new AimdLimit());
    const got = Array.from({ length: 21 }, () => permits.tryTake());

    assert.equal(got.filter(Boolean).length, 20);
    permits.give();
    assert.ok(permits.tryTake());
  });

  it("C18: stays where it is after a call that tells nothing", () => {
    const limiter = new Limiter(new AimdLimit());
    limiter.note({ verdict: "ignored", rttMs: 1, inFlight: 20 });

    assert.equal(limiter.permits.total, 20);
  });

  it("C18: goes down by a tenth for each dropped call, to 1 and no further", () => {
    const limiter = new Limiter(new AimdLimit());
    const totals = Array.from({ length: 16 }, () => {
      limiter.note({ verdict: "dropped", rttMs: 1, inFlight: 1 });
      return limiter.permits.total;
    });

    assert.deepEqual(totals, [18, 16, 14, 12, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1, 1]);
  });

  it("C18: goes up only for good calls that found at least 18 of 20 in flight", () => {
    const limiter = new Limiter(new AimdLimit());
    for (let count = 0; count < 100; count += 1) {
      limiter.note({ verdict: "success", rttMs: 1, inFlight: 17 });
    }
    assert.equal(limiter.permits.total, 20);
    for (let count = 0; count < 21; count += 1) {
      limiter.note({ verdict: "success", rttMs: 1, inFlight: 18 });
    }

    assert.equal(limiter.permits.total, 21);
  });

  it("lets those who wait in when it goes up", () => {
    const limiter = new Limiter(new AimdLimit({ initial: 1 }));
    const granted: string[] = [];
    limiter.permits.tryTake();
    limiter.permits.join({ granted: () => granted.push("waiter") });
    limiter.note({ verdict: "success", rttMs: 1, inFlight: 1 });

    assert.deepEqual(granted, ["waiter"]);
  });
});
