import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "../testing/virtual-clock.js";
import { Sweeper } from "./sweeper.js";

describe("Sweeper", () => {
  it("notices a limit that it saw coming when it passes", async () => {
    const { clock, sweeper, item, expired } = setup();
    sweeper.add(item(120));
    await clock.advance(119);
    assert.deepEqual(expired, []);

    await clock.advance(1);
    assert.deepEqual(expired, [120]);
  });

  it("notices a limit set between two sweeps at the next one", async () => {
    const { clock, sweeper, item, expired } = setup();
    const moved = item(1_000);
    sweeper.add(moved);
    await clock.advance(110);
    moved.expiresAt = 120;
    await clock.advance(89);
    assert.deepEqual(expired, []);

    await clock.advance(1);
    assert.deepEqual(expired, [200]);
  });

  it("lets a limit be moved by writing to it", async () => {
    const { clock, sweeper, item, expired } = setup();
    const moved = item(150);
    sweeper.add(moved);
    await clock.advance(100);
    moved.expiresAt = 320;
    await clock.advance(219);
    assert.deepEqual(expired, []);

    await clock.advance(1);
    assert.deepEqual(expired, [320]);
  });

  it("does not sweep without rest, however close the limits are", async () => {
    const { clock, sweeper, item, expired } = setup();
    for (const at of [101, 102, 103]) sweeper.add(item(at));
    await clock.advance(110);

    assert.deepEqual(expired, [105, 105, 105]);
  });

  it("forgets what is taken out", async () => {
    const { clock, sweeper, item, expired } = setup();
    const gone = item(50);
    sweeper.add(gone);
    sweeper.delete(gone);
    await clock.advance(500);

    assert.deepEqual(expired, []);
  });

  it("runs no timer while it watches nothing", async () => {
    const { clock, sweeper, item } = setup();
    assert.equal(clock.pending, 0);
    sweeper.add(item(50));
    assert.equal(clock.pending, 1);

    await clock.advance(200);
    assert.equal(sweeper.size, 0);
    assert.equal(clock.pending, 0);
  });

  it("watches for many limits with one timer", () => {
    const { clock, sweeper, item } = setup();
    for (let index = 0; index < 100; index += 1) sweeper.add(item(index));

    assert.equal(clock.pending, 1);
  });

  it("starts again after it had nothing to watch", async () => {
    const { clock, sweeper, item, expired } = setup();
    sweeper.add(item(50));
    await clock.advance(300);
    sweeper.add(item(310));
    await clock.advance(100);

    assert.deepEqual(expired, [100, 400]);
  });

  it("has no limit that is set by its time pass early, nor more than a period late", async () => {
    for (let phase = 0; phase <= 300; phase += 7) {
      const { clock, sweeper, item, expired } = setup();
      sweeper.add(item(Infinity));
      await clock.advance(phase);
      sweeper.add(item(sweeper.now + 30));
      await clock.advance(150);

      const [at = 0] = expired;
      assert.ok(at >= phase + 30 && at <= phase + 30 + 100, `set at ${phase}, passed at ${at}`);
    }
  });

  it("knows the time after it had nothing to watch", async () => {
    const { clock, sweeper, item, expired } = setup();
    await clock.advance(60_000);
    sweeper.add(item(sweeper.now + 1_000));
    await clock.advance(1_000);
    assert.deepEqual(expired, []);
    await clock.advance(100);
    assert.equal(expired.length, 1);
  });

  it("leaves nothing behind when disposed", async () => {
    const { clock, sweeper, item, expired } = setup();
    sweeper.add(item(50));
    sweeper[Symbol.dispose]();
    await clock.advance(500);

    assert.equal(clock.pending, 0);
    assert.deepEqual(expired, []);
  });
});

function setup() {
  const clock = new VirtualClock();
  const sweeper = new Sweeper({ clock, periodMs: 100 });
  const expired: number[] = [];
  const item = (expiresAt: number) => ({
    expiresAt,
    expired(now: number) {
      expired.push(now);
      sweeper.delete(this);
    },
  });
  return { clock, sweeper, item, expired };
}
