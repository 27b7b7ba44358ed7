import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MillraceError } from "../base/errors.js";
import { seededRandom } from "../base/random.js";
import { createContext } from "../service/context.js";
import { MockBodies } from "../testing/mock-bodies.js";
import { MockMembers } from "../testing/mock-members.js";
import { settle, VirtualClock } from "../testing/virtual-clock.js";
import { type Balancer, balance } from "./balance.js";
import type { BalanceOptions } from "./options.js";
import { powerOfTwo } from "./pickers/power-of-two.js";
import { roundRobin } from "./pickers/round-robin.js";

describe("balance", () => {
  describe("load", () => {
    it("counts a call until its response has been read", async () => {
      const bodies = new MockBodies<string>();
      const { service, members } = setup("a", { whenDone: bodies.whenDone });
      const response = service.call("ping", createContext());
      members.of("a").last.respond("streaming");
      await response;
      assert.equal(memberOf(service, "a").inFlight, 1);
      assert.equal(memberOf(service, "a").oldestMs, 0);

      bodies.end("streaming");
      assert.equal(memberOf(service, "a").inFlight, 0);
    });

    it("is learnt from the time to the response, not to the end of its body", async () => {
      const bodies = new MockBodies<string>();
      const { clock, service, members } = setup("a", { whenDone: bodies.whenDone });
      void service.call("ping", createContext());
      await clock.advance(200);
      members.of("a").last.respond("streaming");
      await settle();

      assert.equal(memberOf(service, "a").latencyMs, 200);
    });

    it("turns calls away from a member that swallows them", async () => {
      const { clock, service, members } = setup("ab");
      for (let count = 0; count < 200; count += 1) {
        void service.call("ping", createContext());
        members.of("b").calls.at(-1)?.respond("pong");
        await clock.advance(10);
      }

      // Neither an error nor a latency ever tells of a: only its oldest call does.
      assert.ok(members.of("a").calls.length < 5, `${members.of("a").calls.length} calls swallowed`);
    });

    it("does not let quick failures attract calls", async () => {
      const { clock, service, members } = setup("ab", { outlier: false });
      for (let count = 0; count < 200; count += 1) {
        service.call("ping", createContext()).catch(() => {});
        members.of("a").calls.at(-1)?.fail(new Error("broken"));
        await clock.advance(10);
        members.of("b").calls.at(-1)?.respond("pong");
      }

      assert.ok(members.of("a").calls.length < 8, `${members.of("a").calls.length} calls failed`);
    });

    it("does not let quick responses that tell of failure attract calls", async () => {
      const { clock, service, members } = setup("ab", { outlier: false, failed: (text) => text === "503" });
      for (let count = 0; count < 200; count += 1) {
        void service.call("ping", createContext());
        members.of("a").calls.at(-1)?.respond("503");
        await clock.advance(10);
        members.of("b").calls.at(-1)?.respond("pong");
      }

      assert.ok(members.of("a").calls.length < 8, `${members.of("a").calls.length} calls failed`);
    });
  });

  describe("ejection", () => {
    it("sets aside a member that keeps failing, and tells", async () => {
      const ejected: unknown[] = [];
      const { service, members } = setup("ab", {
        picker: roundRobin(),
        onEject: ({ key }) => ejected.push(key),
      });
      for (let count = 0; count < 12; count += 1) {
        service.call("ping", createContext()).catch(() => {});
        members.of("a").calls.at(-1)?.fail(new Error("broken"));
        await settle();
      }

      assert.deepEqual(ejected, ["a"]);
      assert.equal(members.of("a").calls.length, 5);
      assert.equal(memberOf(service, "a").ejectedMs, 10_000);
    });

    it("counts responses that tell of failure", async () => {
      const { service, members } = setup("ab", { picker: roundRobin(), failed: (text) => text === "503" });
      for (let count = 0; count < 12; count += 1) {
        void service.call("ping", createContext());
        members.of("a").calls.at(-1)?.respond("503");
        await settle();
      }

      assert.equal(members.of("a").calls.length, 5);
    });

    it("does not count callers that gave up", async () => {
      const { service } = setup("ab", { picker: roundRobin() });
      for (let count = 0; count < 12; count += 1) {
        const context = createContext();
        service.call("ping", context).catch(() => {});
        context.abort();
        await settle();
      }

      assert.deepEqual(
        service.snapshot().members.map(({ failures, failed }) => [failures, failed]),
        [
          [0, 0],
          [0, 0],
        ],
      );
    });

    it("counts callers that waited until their time limit", async () => {
      const { service, members } = setup("ab", { picker: roundRobin() });
      for (let count = 0; count < 12; count += 1) {
        const context = createContext();
        service.call("ping", context).catch(() => {});
        if (count % 2 === 0) context.abort(new MillraceError("slow", { code: "timeout", unsent: false }));
        else members.of("b").last.respond("pong");
        await settle();
      }

      assert.equal(memberOf(service, "a").ejections, 1);
    });

    it("ends when a member is absolved", async () => {
      const { service, members } = setup("ab", { picker: roundRobin() });
      for (let count = 0; count < 12; count += 1) {
        service.call("ping", createContext()).catch(() => {});
        members.of("a").calls.at(-1)?.fail(new Error("broken"));
        await settle();
      }
      service.absolve("a");
      service.absolve("nobody");

      assert.equal(service.snapshot().usable, 2);
    });

    it("can be turned off", async () => {
      const { service, members } = setup("ab", { picker: roundRobin(), outlier: false });
      for (let count = 0; count < 20; count += 1) {
        service.call("ping", createContext()).catch(() => {});
        members.of("a").calls.at(-1)?.fail(new Error("broken"));
        await settle();
      }
      service.absolve("a");

      assert.equal(members.of("a").calls.length, 10);
    });
  });
});

function setup(keys: string, options: BalanceOptions<string, string> = {}) {
  const clock = new VirtualClock();
  const members = new MockMembers<string, string>(keys);
  const { set } = members;
  const service = balance(set, { clock, picker: powerOfTwo({ random: seededRandom(1) }), ...options });
  return { clock, set, members, service };
}

function memberOf(service: Balancer<string, string, string>, key: string) {
  return service.snapshot().members.find((member) => member.key === key)!;
}
