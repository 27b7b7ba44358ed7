import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { serve } from "../serve.js";
import { listenForStop } from "./signals.js";

describe("listenForStop", () => {
  it("takes the same signal again within a second for an echo, and another signal for a second wish", async () => {
    const { clock, heard, tell } = setup();
    tell("SIGINT");
    tell("SIGINT");
    await clock.advance(999);
    tell("SIGINT");
    assert.deepEqual(heard, [["SIGINT", false]]);
    tell("SIGTERM");
    tell("SIGTERM");
    assert.deepEqual(heard.slice(1), [["SIGTERM", true]]);
    await clock.advance(1_000);
    tell("SIGTERM");

    assert.deepEqual(heard.slice(2), [["SIGTERM", true]]);
  });

  it("listens until it is disposed", () => {
    const { heard, listening } = setup();
    const count = process.listenerCount("SIGINT");
    listening[Symbol.dispose]();

    assert.equal(process.listenerCount("SIGINT"), count - 1);
    assert.deepEqual(heard, []);
  });
});

describe("the option restartOn", () => {
  for (const signal of ["SIGKILL", "SIGTERM", "SIGFOO"] as NodeJS.Signals[]) {
    it(`refuses ${signal} before anything is opened`, async () => {
      const serving = serve({ addresses: [0], restartOn: [signal], run: () => assert.fail() });

      await assert.rejects(serving, { code: "invalid-options", message: new RegExp(`restartOn.*${signal}`) });
    });
  }
});

/** Listens, and tells signals to the listener alone: the runner of tests listens, too. */
function setup() {
  const clock = new VirtualClock();
  const heard: [NodeJS.Signals, boolean][] = [];
  const listening = listenForStop((signal, again) => heard.push([signal, again]), clock);
  const listener = process.listeners("SIGINT").at(-1) as (signal: NodeJS.Signals) => void;
  return { clock, heard, listening, tell: listener };
}
