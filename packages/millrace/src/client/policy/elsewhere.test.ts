import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MillraceError } from "../../base/errors.js";
import { seededRandom } from "../../base/random.js";
import { createContext } from "../../service/context.js";
import { MockMembers } from "../../testing/mock-members.js";
import { settle, VirtualClock } from "../../testing/virtual-clock.js";
import { selectNode } from "../selection/select-node.js";
import type { StrategyName } from "../selection/strategy.js";
import { clientRetry } from "./client-retry.js";

interface Answer {
  readonly status: number;
  readonly retryAfter?: string;
}

const busy: Answer = { status: 503 };
const gone = new MillraceError("no connection", { code: "connect-failed", unsent: true });

describe("a retry that has somewhere else to go", () => {
  for (const [what, outcome] of [
    ["a 503", busy],
    ["no connection", gone],
  ] as const) {
    it(`goes there at once after ${what}, but waits when that fails as well`, async () => {
      const parts = setup(["a", "b", "c"]);
      const answer = parts.call();
      await parts.end(outcome);
      assert.equal(parts.visited().length, 2);
      await parts.end(outcome);
      assert.equal(parts.visited().length, 2, "waits");
      await parts.clock.advance(500);
      await parts.end({ status: 200 });

      assert.equal((await answer).status, 200);
      assert.deepEqual([...new Set(parts.visited())].sort(), ["a", "b", "c"]);
    });
  }

  it("waits when there is only one node", async () => {
    const parts = setup(["a"]);
    void parts.call();
    await parts.end(busy);
    assert.equal(parts.visited().length, 1);
    await parts.clock.advance(250);

    assert.equal(parts.visited().length, 2);
  });

  it("waits when the other node is doubted as well", async () => {
    const parts = setup(["a", "b"]);
    for (let calls = 0; calls < 2; calls += 1) void parts.call();
    await parts.end(gone);
    const before = parts.visited().length;
    await parts.end(gone);

    assert.equal(before, 3, "the first has gone elsewhere");
    assert.equal(parts.visited().length, 3);
  });

  it("waits when the other node has no room", async () => {
    const parts = setup(["a", "b"]);
    for (let calls = 0; calls < 40; calls += 1) void parts.call();
    assert.equal(parts.visited().length, 40, "both are full");
    await parts.end(busy);

    assert.equal(parts.visited().length, 40);
  });

  it("waits as long as the server asks", async () => {
    const parts = setup(["a", "b"]);
    void parts.call();
    await parts.end({ status: 503, retryAfter: "3" });
    await parts.clock.advance(2_999);
    assert.equal(parts.visited().length, 1);
    await parts.clock.advance(1);

    assert.equal(parts.visited().length, 2);
  });

  it("waits after a 429, and with conjure's strategies, as conjure_runtime does", async () => {
    for (const [strategy, status] of [
      ["ADAPTIVE", 429],
      ["BALANCED", 503],
      ["PIN_UNTIL_ERROR", 503],
    ] as const) {
      const parts = setup(["a", "b"], strategy);
      void parts.call();
      await parts.end({ status });

      assert.equal(parts.visited().length, 1, strategy);
    }
  });
});

function setup(keys: readonly string[], strategy: StrategyName = "ADAPTIVE") {
  const clock = new VirtualClock();
  const members = new MockMembers<string, Answer>(keys);
  const random = seededRandom(1);
  const selecting = { endpointOf: () => "e", strategy, clock, random };
  const selection = selectNode<string, string, Answer>(members.set, selecting);
  const service = clientRetry<string, Answer>({
    isIdempotent: () => false,
    header: ({ retryAfter }, name) => (name === "retry-after" ? retryAfter : undefined),
    random: () => 0.99,
    clock,
  })(selection);
  /** Ends the call of a node that has waited longest, and lets what follows at once follow. */
  const end = async (outcome: Answer | Error) => {
    const call = members
      .all()
      .flatMap(({ calls }) => calls)
      .find(({ settled }) => !settled);
    if (outcome instanceof Error) call!.fail(outcome);
    else call!.respond(outcome);
    await settle();
  };
  return {
    clock,
    end,
    call: () => service.call("r", createContext()),
    /** The node of each attempt, by node. */
    visited: () => keys.flatMap((key) => members.of(key).calls.map(() => key)),
  };
}
