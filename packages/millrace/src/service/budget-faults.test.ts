import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MockService } from "../testing/mock-service.js";
import { settle, VirtualClock } from "../testing/virtual-clock.js";
import { createContext } from "./context.js";
import { faults } from "./fault.js";
import { hedge } from "./middleware/hedge.js";
import { retry } from "./middleware/retry.js";

const mistake = () => {
  throw new Error("mistake");
};

const policy = { shouldRetry: () => true, shouldHedge: () => true };

describe("a budget that throws", () => {
  it("allows no retry, and does not break the call", async () => {
    const { inner, heard, layer } = setup();
    const service = layer(retry<string, string>({ policy, budget: { deposit: mistake, withdraw: mistake } }));
    const response = service.call("ping", createContext());
    inner.last.respond("bad");

    assert.equal(await response, "bad");
    assert.deepEqual(heard, ["budget.deposit", "budget.withdraw"]);
  });

  it("allows no hedge, and does not break the call", async () => {
    const { clock, inner, heard, layer } = setup();
    const budget = { deposit: mistake, withdraw: mistake };
    const service = layer(hedge<string, string>({ policy, budget, delayMs: 10, clock }));
    const response = service.call("ping", createContext());
    await clock.advance(10);
    inner.last.respond("pong");
    await settle();

    assert.equal(await response, "pong");
    assert.equal(inner.calls.length, 1);
    assert.deepEqual(heard, ["budget.deposit", "budget.withdraw"]);
  });
});

function setup() {
  const inner = new MockService<string, string>();
  const heard: string[] = [];
  const listener = faults.subscribe(({ where }) => heard.push(where));
  const layer = <Wrapped>(wrap: (inner: MockService<string, string>) => Wrapped): Wrapped => wrap(inner);
  return { clock: new VirtualClock(), inner, heard, layer, listener };
}
