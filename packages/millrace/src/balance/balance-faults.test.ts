import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { createContext } from "../service/context.js";
import { type Fault, faults } from "../service/fault.js";
import { MockMembers } from "../testing/mock-members.js";
import { settle, VirtualClock } from "../testing/virtual-clock.js";
import { balance } from "./balance.js";
import type { BalanceOptions } from "./options.js";
import { consistentHash } from "./pickers/consistent-hash.js";
import { powerOfTwo } from "./pickers/power-of-two.js";
import { roundRobin } from "./pickers/round-robin.js";

const mistake = () => {
  throw new Error("mistake");
};

describe("balance", () => {
  describe("a function of the user that throws", () => {
    const told: Fault[] = [];
    let subscription: Disposable;
    beforeEach(() => {
      told.length = 0;
      subscription = faults.subscribe((fault) => told.push(fault));
    });
    afterEach(() => subscription[Symbol.dispose]());

    it("does not break calls that are answered", async () => {
      const { service, members } = setup({ observer: { answered: mistake }, failed: mistake });
      const response = service.call("ping", createContext());
      for (const { calls } of members.all()) calls[0]?.respond("pong");

      assert.equal(await response, "pong");
      assert.equal(service.snapshot().members[0]!.inFlight, 0);
      assert.deepEqual(
        told.map(({ where }) => where),
        ["balance.observer.answered", "balance.failed"],
      );
    });

    it("does not break the account of calls that fail, nor ejection", async () => {
      const { service, members } = setup({
        picker: roundRobin(),
        observer: { failed: mistake },
        onEject: mistake,
      });
      for (let count = 0; count < 12; count += 1) {
        service.call("ping", createContext()).catch(() => {});
        members.of("a").calls.at(-1)?.fail(new Error("broken"));
        members.of("b").calls.at(-1)?.respond("pong");
        await settle();
      }
      assert.equal(service.snapshot().usable, 1);

      assert.deepEqual([...new Set(told.map(({ where }) => where))].sort(), [
        "balance.observer.failed",
        "balance.onEject",
      ]);
    });

    it("does not break a call whose end cannot be watched, nor its account", async () => {
      const { service, members } = setup({ whenDone: mistake });
      const response = service.call("ping", createContext());
      for (const { calls } of members.all()) calls[0]?.respond("pong");

      assert.equal(await response, "pong");
      assert.equal(service.snapshot().members[0]!.inFlight, 0);
      assert.deepEqual(
        told.map(({ where }) => where),
        ["whenDone"],
      );
    });

    for (const [name, picker] of [
      ["a picker", { pick: mistake }],
      ["a load metric", powerOfTwo({ load: mistake })],
    ] as const) {
      it(`leaves the choice to readiness where ${name} fails`, async () => {
        const { service, members } = setup({ picker });
        members.of("a").allow(0);
        const response = service.call("ping", createContext());
        members.of("b").last.respond("pong");

        assert.equal(await response, "pong");
        assert.equal(service.explain().chosen, "b");
        assert.deepEqual(
          told.map(({ where }) => where),
          ["balance.picker.pick", "balance.picker.pick"],
        );
      });
    }

    it("leaves a call without a key", async () => {
      const { service, members } = setup({ picker: consistentHash<string>({ keyOf: mistake }) });
      const response = service.call("ping", createContext());
      for (const { calls } of members.all()) calls[0]?.respond("pong");

      assert.equal(await response, "pong");
      assert.deepEqual(
        told.map(({ where }) => where),
        ["balance.picker.keyOf"],
      );
    });
  });
});

function setup(options: BalanceOptions<string, string, string>) {
  const members = new MockMembers<string, string>("ab");
  const service = balance(members.set, { clock: new VirtualClock(), ...options });
  return { members, service };
}
