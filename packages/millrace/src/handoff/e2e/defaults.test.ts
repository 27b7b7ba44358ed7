import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { sleep, systemClock } from "../../base/clock.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import type { Gate } from "../gate.js";
import type { Handoff } from "../handoff.js";
import { openHandoff } from "../open-handoff.js";
import type { OpenHandoffOptions } from "../options.js";
import { serve } from "../serve.js";

describe("a time limit that no option sets", () => {
  it("readyMs: a successor that is not ready after 60 s is turned away", async () => {
    await using parts = await setup();
    await parts.first.ready();
    const second = await parts.open();
    await parts.clock.advance(59_999);
    assert.equal(second.ending, undefined);
    await parts.clock.advance(1);
    await assert.rejects(second.ended, { code: "timeout", message: /not ready within 60 s/ });

    assert.equal(parts.first.phase.value, "serving");
  });

  it("readyMs: a check that has not passed after 60 s fails the program", async () => {
    await using parts = await setup();
    await parts.first.stop();
    let asked = 0;
    const { clock, options } = parts;
    const serving = serve({ ...options, clock, run: () => undefined, readyWhen: () => ++asked === 0 });
    const failing = assert.rejects(serving, { code: "timeout", message: /not ready within 60 s/ });
    await until(() => asked === 1);
    await clock.advance(59_999);
    // Asked at once, and every 100 ms from then on.
    assert.equal(asked, 600);
    await clock.advance(1);
    await settled(failing, clock);
  });

  it("switchMs: a successor that has not opened after 5 s is turned away", async () => {
    await using parts = await setup();
    await parts.first.ready();
    const never: Gate = { ...closedGate, open: () => new Promise(() => undefined) };
    const second = await parts.open({ gate: () => never });
    const failing = assert.rejects(second.ready(), { code: "timeout", message: /not open within 5 s/ });
    await until(() => parts.first.phase.value === "standby");
    await parts.clock.advance(4_999);
    assert.equal(parts.first.phase.value, "standby");
    await parts.clock.advance(1);
    await failing;

    await until(() => parts.first.phase.value === "serving");
  });

  it("probationMs: the one before stands by for 10 s", async () => {
    await using parts = await setup();
    await parts.first.ready();
    const second = await parts.open();
    await second.ready();
    await parts.clock.advance(9_999);
    assert.equal(parts.first.phase.value, "standby");
    assert.ok(second.probation.value);
    await parts.clock.advance(1);

    assert.equal(await parts.first.ended, "handed-over");
    await until(() => !second.probation.value);
  });

  it("drainMs: connections are cut 30 s after a stop", async () => {
    await using parts = await setup();
    await parts.first.ready();
    const client = await parts.connect(parts.first);
    const cut = once(client.resume(), "close");
    const stopping = parts.first.stop();
    await parts.clock.advance(29_999);
    assert.equal(parts.first.phase.value, "draining");
    assert.equal(parts.first.status.generations[0]!.connections, 1);
    await parts.clock.advance(1);
    await cut;
    await stopping;

    assert.equal(parts.first.ending, "stopped");
  });

  for (const { drainMs, limitMs } of [
    { drainMs: undefined, limitMs: 5_000 },
    { drainMs: 2_000, limitMs: 2_000 },
  ]) {
    it(`giveBackMs: where drainMs is ${drainMs ?? "not set"}, what a failing one has begun may take ${limitMs / 1_000} s`, async () => {
      await using parts = await setup();
      await parts.first.ready();
      const second = await parts.open({ drainMs });
      await second.ready();
      const client = await parts.connect(second);
      const cut = once(client.resume(), "close");
      const giving = second.giveBack("a test");
      await until(() => second.phase.value === "draining");
      await parts.clock.advance(limitMs - 1);
      assert.equal(second.status.generations[0]!.connections, 1);
      await parts.clock.advance(1);
      await cut;

      assert.equal(await giving, true);
      assert.equal(parts.first.phase.value, "serving");
    });
  }
});

/** A first generation, and what others of its program are opened with. */
async function setup() {
  const folder = await mkdtemp(join(tmpdir(), "mr-defaults-"));
  const clock = new VirtualClock();
  const options = { name: "defaults", folder: join(folder, "run"), addresses: ["127.0.0.1:0"], clock };
  const all: Handoff[] = [];
  const open = async (others: Partial<OpenHandoffOptions> = {}) => {
    const handoff = await openHandoff({ ...options, ...others });
    for (const listener of handoff.listeners) createServer().listen(listener);
    all.push(handoff);
    return handoff;
  };
  const first = await open();
  return {
    clock,
    options,
    open,
    first,
    /** Connects, and waits until that is counted to `to`. */
    async connect(to: Handoff) {
      const { port } = first.addresses[0] as { port: number };
      const client = connect(port, "127.0.0.1");
      client.on("error", () => undefined);
      await until(() => to.status.generations[0]!.connections === 1);
      return client;
    },
    async [Symbol.asyncDispose]() {
      for (const handoff of all.reverse()) {
        void handoff.stop();
        await handoff.stop();
      }
      await until(() => clock.pending === 0);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const closedGate: Gate = {
  connections: 0,
  prepare: () => Promise.resolve(),
  open: () => Promise.resolve(),
  pause: () => undefined,
  retire: () => undefined,
  whenIdle: () => Promise.resolve(),
  cut: () => undefined,
  close: () => undefined,
};

/** Lets sockets have their turn, at the same time on the clock. */
async function until(isSo: () => boolean): Promise<void> {
  for (const end = systemClock.now() + 20_000; !isSo(); await sleep(systemClock, 2))
    assert.ok(systemClock.now() < end, "not within 20 s");
}

/** Waits for `ending`, with the second that `run` has for closing. */
async function settled(ending: Promise<void>, clock: VirtualClock): Promise<void> {
  let over = false;
  void ending.then(() => (over = true));
  while (!over) {
    await sleep(systemClock, 2);
    await clock.advance(100);
  }
}
