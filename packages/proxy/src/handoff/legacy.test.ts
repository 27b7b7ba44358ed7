import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "millrace/testing";
import { Legacy, type LegacyParts } from "./legacy.js";

describe("Legacy", () => {
  it("has workers keep what there is at the start, every five seconds, and soon after edits, once for many", async () => {
    const { clock, kept, edit, legacy } = setup();
    assert.deepEqual(kept, [1]);
    await clock.advance(5_000);
    assert.deepEqual(kept, [1, 2]);
    for (let count = 0; count < 3; count += 1) edit();
    await clock.advance(49);
    assert.deepEqual(kept, [1, 2]);
    await clock.advance(1);
    assert.deepEqual(kept, [1, 2, 3]);
    await clock.advance(5_000);

    assert.deepEqual(kept, [1, 2, 3, 4]);
    legacy[Symbol.dispose]();
  });

  it("leaves nothing behind", () => {
    const { clock, legacy, listeners } = setup();
    legacy[Symbol.dispose]();

    assert.equal(clock.pending, 0);
    assert.equal(listeners.size, 0);
  });
});

function setup() {
  const clock = new VirtualClock();
  const kept: number[] = [];
  const listeners = new Set<() => void>();
  let told = 0;
  const parts = {
    clock,
    fleet: { keep: (text: string) => kept.push(JSON.parse(text) as number) },
    transfer: { tell: () => ++told },
    pool: {
      subscribe(listener: () => void) {
        listeners.add(listener);
        return { [Symbol.dispose]: () => void listeners.delete(listener) };
      },
    },
  };
  const legacy = new Legacy(parts as unknown as LegacyParts);
  const edit = () => {
    for (const listener of listeners) listener();
  };
  return { clock, kept, listeners, legacy, edit };
}
