import assert from "node:assert/strict";
import type { Server } from "node:net";
import { describe, it } from "node:test";
import { bindHandle } from "millrace/handoff";
import { Entrances } from "./entrances.js";

describe("Entrances", () => {
  it("are open once there is one at every address, and none while paused", async (t) => {
    const { entrances, handles, attached } = await setup(t.after.bind(t), 2);
    assert.equal(await entrances.enter(0, handles[0]), false);
    assert.equal(await entrances.enter(1, handles[1]), true);
    assert.equal(entrances.held.length, 2);
    entrances.pause();

    assert.equal(entrances.open, false);
    assert.deepEqual(
      attached.map(({ listening }) => listening),
      [false, false],
    );
  });

  it("miss no pause that comes while they open", async (t) => {
    const { entrances, handles, attached } = await setup(t.after.bind(t), 1);
    const entering = entrances.enter(0, handles[0]);
    entrances.pause();

    assert.equal(await entering, false);
    assert.deepEqual([entrances.open, attached.length], [false, 0]);
  });
});

async function setup(after: (close: () => void) => void, count: number) {
  const asked = { kind: "tcp", host: "127.0.0.1", port: 0 } as const;
  const handles = await Promise.all(Array.from({ length: count }, () => bindHandle(asked)));
  after(() => {
    for (const handle of handles) handle.close();
  });
  const attached: Server[] = [];
  const records = handles.map((_, index) => ({ address: `address ${index}` }));
  const entrances = new Entrances(records, { attach: (listener) => void attached.push(listener) });
  after(() => entrances.pause());
  return { entrances, handles, attached };
}
