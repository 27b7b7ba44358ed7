import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "millrace/testing";
import { defaultSettings } from "../config/defaults.js";
import { WorkerSlot } from "./worker-slot.js";

describe("WorkerSlot", () => {
  it("waits longer before each worker whose forerunner died young", async () => {
    const { clock, slot, death } = setup();
    const waits: (number | undefined)[] = [];
    for (let dead = 0; dead < 4; dead++) {
      waits.push(await death());
      await clock.advance(waits.at(-1)!);
    }
    await slot.drain(0);

    assert.deepEqual(waits, [100, 200, 400, 800]);
    assert.equal(slot.restarts, 4);
  });

  it("leaves no timer behind when it is drained between two workers", async () => {
    const { clock, slot, death } = setup();
    await death();
    await slot.drain(0);

    assert.equal(clock.pending, 0);
  });
});

function setup() {
  const clock = new VirtualClock();
  let dead: (restartMs: number | undefined) => void = () => undefined;
  const death = () => new Promise<number | undefined>((resolve) => (dead = resolve));
  const slot = new WorkerSlot({
    entry: "/nonexistent/worker.js",
    listeners: [],
    place: 0,
    snapshot: () => ({ revision: 0, settings: defaultSettings, servers: [] }),
    clock,
    random: () => 0,
    onMessage: () => undefined,
    onGone: (_worker, _how, restartMs) => dead(restartMs),
  });
  return { clock, slot, death };
}
