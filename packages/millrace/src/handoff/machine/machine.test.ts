import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { type Hello, protocolVersion } from "../control/messages.js";
import { type MemoryLine, memoryLines } from "./memory-line.test.fixture.js";
import { Succession, type SuccessionState } from "./succession.js";
import { TakeOver } from "./take-over.js";

describe("a hand-over", () => {
  it("goes from hello to proven, with the old one open until the new one is", async () => {
    const parts = setup();
    await parts.clock.advance(5);
    void parts.takeOver.ready();
    await parts.clock.advance(10);
    assert.deepEqual(parts.who(), { old: false, new: true });
    assert.equal(parts.takeOver.state, "serving");
    await parts.clock.advance(1_000);

    assert.deepEqual(parts.states, ["switching", "probation", "proven"]);
    assert.equal(parts.released, true);
    assert.equal(parts.clock.pending, 0);
  });

  it("R13: is called off when the new one is not ready in time, and tells it", async () => {
    const parts = setup();
    await parts.clock.advance(60_010);
    await assert.rejects(parts.takeOver.ready(), /not ready within 60 s/);

    assert.deepEqual(parts.who(), { old: true, new: false });
    assert.equal(parts.turnedAway, true);
    assert.equal(parts.clock.pending, 0);
  });

  it("R14: is taken back when the new one dies in its probation", async () => {
    const parts = setup();
    await parts.clock.advance(5);
    void parts.takeOver.ready();
    await parts.clock.advance(500);
    parts.killNew();
    await parts.clock.advance(10);

    assert.deepEqual(parts.who(), { old: true, new: false });
    assert.deepEqual(parts.states, ["switching", "probation", "failed"]);
  });

  it("leaves a new one that was told to stop in its probation alone: the old one does not come back", async () => {
    const parts = setup();
    await parts.clock.advance(5);
    void parts.takeOver.ready();
    await parts.clock.advance(100);
    parts.takeOver.release();
    parts.killNew();
    await parts.clock.advance(10);

    assert.equal(parts.states.at(-1), "proven");
  });

  it("R14: is given back by a new one that fails on probation, which knows when the old one serves", async () => {
    const parts = setup();
    await parts.clock.advance(5);
    parts.newReady();
    await parts.clock.advance(500);
    assert.deepEqual(parts.probation, [true]);
    const given = parts.giveBack();
    assert.deepEqual(parts.who(), { old: false, new: false });
    await parts.clock.advance(2);
    assert.equal(await given, true);

    assert.deepEqual(parts.who(), { old: true, new: false });
    assert.deepEqual(parts.probation, [true, false]);
    assert.equal(parts.takeOver.state, "returned");
    assert.equal(parts.clock.pending, 0);
  });

  it("has failed, to those who are told, when the old one serves again and not before", async () => {
    const parts = setup({ reopenMs: 100 });
    await parts.clock.advance(5);
    parts.newReady();
    await parts.clock.advance(500);
    parts.killNew();
    await parts.clock.advance(99);
    assert.equal(parts.states.at(-1), "probation");
    await parts.clock.advance(10);

    assert.equal(parts.states.at(-1), "failed");
    assert.deepEqual(parts.who(), { old: true, new: false });
    assert.equal(parts.clock.pending, 0);
  });

  it("is not given back once the probation is over, though the new one may not know yet", async () => {
    const parts = setup({ delayMs: 10, probationMs: 1_000 });
    await parts.clock.advance(50);
    parts.newReady();
    // Ready, switch and switched have taken 30 ms: the old one is about to leave, and its word is on its way.
    await parts.clock.advance(1_035);
    assert.equal(parts.states.at(-1), "proven");
    const given = parts.giveBack();
    await parts.clock.advance(20);

    assert.equal(await given, false);
    assert.deepEqual(parts.who(), { old: false, new: true });
    assert.equal(parts.released, true);
  });

  it("is not given back to an old one that does not answer", async () => {
    const parts = setup();
    await parts.clock.advance(5);
    parts.newReady();
    await parts.clock.advance(500);
    parts.muteOld();
    const given = parts.giveBack();
    await parts.clock.advance(1_000);

    assert.equal(await given, false);
    assert.equal(parts.who().new, true);
  });

  it("goes on with the new one when the old one is told to stop meanwhile", async () => {
    const parts = setup();
    await parts.clock.advance(5);
    parts.newReady();
    await parts.clock.advance(500);
    parts.stopOld();
    await parts.clock.advance(5);

    assert.equal(parts.takeOver.state, "proven");
    assert.deepEqual(parts.who(), { old: false, new: true });
  });

  it("asks whoever is there next when the old one has left before it was asked", async () => {
    const clock = new VirtualClock();
    const [oldEnd, newEnd] = memoryLines(clock, 1);
    oldEnd.close();
    await clock.advance(1);
    const { takeOver } = setup({ clock, line: newEnd });

    assert.equal(await takeOver.accepted, undefined);
    assert.equal(clock.pending, 0);
  });

  it("lets the new one serve alone when the old one dies while it gets ready", async () => {
    const parts = setup();
    await parts.clock.advance(5);
    parts.killOld();
    await parts.clock.advance(5);

    assert.equal(await parts.takeOver.ready(), "orphaned");
  });

  it("R8: has the new one serve by itself when the old one, in front, dies while that opens", async () => {
    const parts = setup({ way: "forward", openMs: 20, switchMs: 25 });
    await parts.clock.advance(5);
    const ready = parts.takeOver.ready([]);
    await parts.clock.advance(5);
    assert.equal(parts.takeOver.state, "opened");
    parts.killOld();
    await parts.clock.advance(30);

    assert.equal(await ready, "orphaned");
    assert.equal(parts.clock.pending, 0);
  });

  it("ends, whoever dies whenever, with exactly one of them serving, and with no timer left", async () => {
    const at = fc.option(fc.integer({ min: 0, max: 150 }), { nil: undefined });
    const script = fc.record({
      readyAt: fc.option(fc.integer({ min: 25, max: 60 }), { nil: undefined }),
      oldDiesAt: at,
      newDiesAt: at,
      givesBackAt: at,
      delayMs: fc.integer({ min: 1, max: 10 }),
      openMs: fc.integer({ min: 0, max: 30 }),
    });
    await fc.assert(
      fc.asyncProperty(script, async ({ readyAt, oldDiesAt, newDiesAt, givesBackAt, delayMs, openMs }) => {
        const parts = setup({ delayMs, openMs, probationMs: 40, readyMs: 70, switchMs: 25 });
        const schedule = (ms: number | undefined, task: () => void) =>
          ms !== undefined && parts.clock.schedule(ms, task);
        schedule(readyAt, () => parts.newReady());
        schedule(oldDiesAt, () => parts.killOld());
        schedule(newDiesAt, () => parts.killNew());
        schedule(givesBackAt, () => void parts.giveBack());
        await parts.clock.advance(20_000);

        const { old, new: young } = parts.who();
        // Who dies when its time is just over has nobody left to take over from it.
        const dead =
          (oldDiesAt !== undefined && newDiesAt !== undefined) ||
          // One that has it back may die like any other.
          (oldDiesAt !== undefined && parts.takeOver.state === "returned") ||
          (parts.states.at(-1) === "proven" && newDiesAt !== undefined);
        // And who has turned the other away is alone with its own fate.
        const neverReady =
          oldDiesAt !== undefined && (readyAt === undefined || parts.states.at(-1) === "failed");
        if (!dead && !neverReady) assert.equal(Number(old) + Number(young), 1, JSON.stringify(parts.states));
        assert.ok(!(old && young), "both serve");
        assert.equal(parts.clock.pending, 0);
      }),
      { numRuns: 500 },
    );
  });
});

interface SetupOptions {
  readonly delayMs?: number;
  readonly openMs?: number;
  readonly reopenMs?: number;
  readonly probationMs?: number;
  readonly readyMs?: number;
  readonly switchMs?: number;
  readonly clock?: VirtualClock;
  readonly way?: "pass" | "forward";
  /** The new one's end of the line to the old one. */
  readonly line?: MemoryLine;
}

/** An old process and a new one, each with what it takes to see whether it lets connections in. */
function setup({
  delayMs = 1,
  openMs = 0,
  reopenMs = 0,
  probationMs = 1_000,
  readyMs = 60_000,
  switchMs = 5_000,
  clock = new VirtualClock(),
  line,
  way = "pass",
}: SetupOptions = {}) {
  const [oldEnd, newEnd] = memoryLines(clock, delayMs);
  const states: SuccessionState[] = [];
  const old = { alive: true, open: true };
  const young = { alive: true, open: false };
  /** Who holds the control socket. */
  let holder: object = old;
  const probation: boolean[] = [];
  const parts = { released: false, turnedAway: false };
  const hello: Hello = {
    type: "hello",
    protocol: protocolVersion,
    name: "program",
    release: "b",
    pid: 2,
    host: "",
    addresses: ["127.0.0.1:80"],
    ways: ["pass"],
    probationMs,
  };
  let succession: Succession | undefined;
  oldEnd.onMessage = (message) => {
    if (message.type !== "hello") return;
    succession = new Succession({
      line: oldEnd,
      hello: message,
      way,
      generation: 2,
      addresses: [],
      bound: [],
      seat: "",
      standsBy: undefined,
      clock,
      readyMs,
      switchMs,
      incumbent: {
        standBy: () => (old.open = false),
        async resume() {
          if (!old.alive) return;
          if (reopenMs > 0) await new Promise<void>((resolve) => clock.schedule(reopenMs, resolve));
          old.open = true;
          holder = old;
        },
        release: () => (parts.released = true),
      },
      deliver: () => Promise.resolve(),
      state: () => undefined,
      onTurnedAway: () => (parts.turnedAway = true),
      onState: (state) => states.push(state),
    });
  };
  const takeOver = new TakeOver({
    line: line ?? newEnd,
    hello,
    clock,
    answerMs: 10_000,
    open: () =>
      new Promise((resolve) =>
        clock.schedule(openMs, () => {
          if (young.alive && takeOver.state === "opened") {
            young.open = true;
            holder = young;
          }
          resolve();
        }),
      ),
    holdsPlace: () => holder === young,
    onLater: () => undefined,
    onFailed: () => (young.open = false),
    onLeft: () => undefined,
    onProbation: (now) => {
      if (now !== (probation.at(-1) ?? false)) probation.push(now);
    },
  });
  const newReady = () =>
    void takeOver.ready().then(
      (outcome) => {
        if (outcome === "orphaned" && young.alive) young.open = true;
      },
      () => (young.open = false),
    );
  return {
    ...parts,
    get released() {
      return parts.released;
    },
    get turnedAway() {
      return parts.turnedAway;
    },
    clock,
    states,
    takeOver,
    probation,
    newReady,
    /** Opens again when there is nobody to give it back to. */
    async giveBack() {
      let paused = false;
      const given = await takeOver.giveBack("it has failed", () => {
        paused = true;
        young.open = false;
      });
      if (paused && !given) young.open = true;
      return given;
    },
    stopOld: () => succession?.settle(),
    muteOld: () => (oldEnd.onMessage = undefined),
    who: () => ({ old: old.alive && old.open, new: young.alive && young.open }),
    killOld() {
      old.alive = false;
      // A dead process answers nothing, and has no timers.
      succession?.settle();
      oldEnd.onMessage = undefined;
      oldEnd.close();
      oldEnd.onClosed = undefined;
    },
    killNew() {
      young.alive = false;
      newEnd.onMessage = undefined;
      newEnd.onClosed = undefined;
      newEnd.close();
    },
  };
}
