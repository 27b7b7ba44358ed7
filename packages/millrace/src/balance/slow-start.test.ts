import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../base/errors.js";
import { seededRandom } from "../base/random.js";
import { createContext } from "../service/context.js";
import { MockMembers } from "../testing/mock-members.js";
import { VirtualClock } from "../testing/virtual-clock.js";
import { balance } from "./balance.js";
import { powerOfTwo } from "./pickers/power-of-two.js";
import { type SlowStartOptions, slowStartRatio, slowStartSettings } from "./slow-start.js";

describe("slowStartRatio", () => {
  it("grows from its least to 1 over the window", () => {
    const settings = slowStartSettings({ windowMs: 1000 });

    assert.deepEqual(
      [0, 50, 500, 1000, 5000].map((elapsedMs) => slowStartRatio(settings, elapsedMs)),
      [0.1, 0.1, 0.5, 1, 1],
    );
  });

  it("grows faster at first with more aggression", () => {
    const settings = slowStartSettings({ windowMs: 1000, aggression: 2 });

    assert.equal(slowStartRatio(settings, 250), 0.5);
  });
});

describe("slowStartSettings", () => {
  for (const options of [
    { windowMs: 0 },
    { windowMs: 1, minRatio: 0 },
    { windowMs: 1, minRatio: 1.1 },
    { windowMs: 1, aggression: 0 },
  ]) {
    it(`rejects ${JSON.stringify(options)}`, () => {
      assert.throws(
        () => slowStartSettings(options),
        (error) => isMillraceError(error, "invalid-options") && error.message.includes("slowStart."),
      );
    });
  }
});

describe("balance", () => {
  describe("slow start", () => {
    it("eases in a member that comes later, not those there from the start", async () => {
      const { clock, members, weights } = setup({ windowMs: 1000 });
      await clock.advance(100);
      members.add("c");
      assert.deepEqual(weights(), [1, 1, 0.1]);
      await clock.advance(500);
      assert.deepEqual(weights(), [1, 1, 0.5]);
      await clock.advance(500);

      assert.deepEqual(weights(), [1, 1, 1]);
    });

    it("eases in a member that is well again, or no longer draining", async () => {
      const { clock, members, weights } = setup({ windowMs: 1000 });
      members.set.update("a", { health: "unhealthy" });
      members.set.update("b", { draining: true });
      await clock.advance(100);
      members.set.update("a", { health: "healthy" });
      members.set.update("b", { draining: false });

      assert.deepEqual(weights(), [0.1, 0.1]);
    });

    it("eases in a member whose ejection has ended", async () => {
      const { clock, service, members, weights } = setup({ windowMs: 1000 });
      while (service.snapshot().usable === 2) {
        service.call("ping", createContext()).catch(() => {});
        members.of("a").calls.at(-1)?.fail(new Error("broken"));
        await clock.advance(0);
      }
      await clock.advance(10_500);

      assert.deepEqual(weights(), [0.5, 1]);
    });

    it("gives a member its share of calls as it grows", async () => {
      const { clock, service, members } = setup({ windowMs: 1000 });
      await clock.advance(1);
      members.add("c");
      for (let count = 0; count < 900; count += 1) {
        void service.call("ping", createContext());
        for (const { calls } of members.all()) calls.at(-1)?.respond("pong");
      }

      const { length } = members.of("c").calls;
      assert.ok(length > 10 && length < 120, `${length} calls of 900`);
    });
  });
});

function setup(slowStart: SlowStartOptions) {
  const clock = new VirtualClock();
  const members = new MockMembers<string, string>("ab");
  const picker = powerOfTwo({ load: () => 0, random: seededRandom(1) });
  const service = balance(members.set, { clock, picker, slowStart });
  const weights = () => service.snapshot().members.map(({ weightNow }) => weightNow);
  return { clock, members, service, weights };
}
