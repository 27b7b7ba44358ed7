import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "../base/random.js";
import { createContext, deriveContext } from "../service/context.js";
import { retry } from "../service/middleware/retry.js";
import { timeout } from "../service/middleware/timeout.js";
import type { Outcome } from "../service/outcome.js";
import { stack } from "../service/stack.js";
import { MockMembers } from "../testing/mock-members.js";
import { VirtualClock } from "../testing/virtual-clock.js";
import { type Balancer, balance } from "./balance.js";
import { type PickExplanation, pickExplanations } from "./explain.js";
import { powerOfTwo } from "./pickers/power-of-two.js";

describe("balance", () => {
  describe("a later attempt", () => {
    it("goes to a member the call has not been to", () => {
      const { service } = setup("abc");
      for (let count = 0; count < 20; count += 1) {
        const [, , third] = attempts(service, 3);

        assert.deepEqual([...third!.tried, third!.chosen].sort(), ["a", "b", "c"]);
      }
    });

    it("goes anywhere when the call has been everywhere", () => {
      const { service } = setup("ab");
      const [, , third] = attempts(service, 3);

      assert.deepEqual([third!.tried.length, third!.candidates], [2, 2]);
    });

    it("knows where earlier ones went though layers between derived contexts of their own", () => {
      const { service } = setup("ab");
      const call = createContext();
      const explanations: PickExplanation[] = [];
      call.set(pickExplanations, explanations);
      void service.call("ping", deriveContext(deriveContext(call)));
      void service.call("ping", deriveContext(deriveContext(call, { attempt: 2 })));

      assert.notEqual(explanations[0]!.chosen, explanations[1]!.chosen);
    });

    it("goes elsewhere after a time limit passed at a member that swallows calls", async () => {
      const { clock, service, members } = setup("ab");
      const policy = { shouldRetry: (_request: string, outcome: Outcome<string>) => "error" in outcome };
      const layers = stack(
        retry<string, string>({ policy, clock }),
        timeout<string, string>({ limitMs: 100, clock }),
      );
      const response = layers(service).call("ping", createContext());
      await clock.advance(100);

      const [first, second] = members.all().map(({ calls }) => calls);
      assert.deepEqual([first!.length, second!.length], [1, 1]);
      for (const { last } of members.all()) last.respond("pong");
      assert.equal(await response, "pong");
    });

    it("is not misled by an earlier call in the same context", () => {
      const { service } = setup("ab");
      const context = createContext();
      const explanations: PickExplanation[] = [];
      context.set(pickExplanations, explanations);
      for (let count = 0; count < 3; count += 1) void service.call("ping", context);

      assert.deepEqual(
        explanations.map(({ tried }) => tried),
        [[], [], []],
      );
    });
  });

  describe("explanations", () => {
    it("tell which members were looked at, their scores, and the rule", async () => {
      const { service } = setup("ab");
      const explanation = service.explain();

      assert.equal(explanation.reason, "the lower of two");
      assert.deepEqual(
        explanation.looked.map(({ score, ready }) => [score, ready]),
        [
          [30, true],
          [30, true],
        ],
      );
      assert.equal(explanation.chosen, explanation.looked[0]!.key);
      assert.deepEqual([explanation.candidates, explanation.panicking, explanation.tried], [2, false, []]);
    });

    it("make no call", () => {
      const { service, members } = setup("a");
      service.explain();

      assert.equal(members.of("a").calls.length, 0);
      assert.equal(service.snapshot().members[0]!.inFlight, 0);
    });

    it("tell that there is nobody", () => {
      const { service } = setup("");

      assert.deepEqual([service.explain().chosen, service.explain().reason], [undefined, "no member"]);
    });

    it("tell of a call that found nobody", async () => {
      const { service } = setup("");
      const context = createContext();
      const explanations: PickExplanation[] = [];
      context.set(pickExplanations, explanations);
      await assert.rejects(service.call("ping", context), { code: "unavailable" });

      assert.deepEqual(
        explanations.map(({ chosen, reason }) => [chosen, reason]),
        [[undefined, "no member"]],
      );
    });

    it("tell of panic", () => {
      const { set, service } = setup("abc");
      set.update("a", { health: "unhealthy" });
      set.update("b", { health: "unhealthy" });

      assert.deepEqual([service.explain().panicking, service.explain().candidates], [true, 3]);
    });
  });
});

function setup(keys: string) {
  const clock = new VirtualClock();
  const members = new MockMembers<string, string>(keys);
  const { set } = members;
  const service = balance(set, { clock, picker: powerOfTwo({ random: seededRandom(1) }) });
  return { clock, set, members, service };
}

/** Makes `count` attempts of one call, none of which is answered, and tells where they went. */
function attempts(service: Balancer<string, string, string>, count: number): readonly PickExplanation[] {
  const call = createContext();
  const explanations: PickExplanation[] = [];
  call.set(pickExplanations, explanations);
  for (let attempt = 1; attempt <= count; attempt += 1) {
    void service.call("ping", attempt === 1 ? call : deriveContext(call, { attempt }));
  }
  return explanations;
}
