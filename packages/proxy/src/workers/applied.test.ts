import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "millrace/testing";
import { AppliedWatch, type AppliedWorker } from "./applied.js";

describe("AppliedWatch", () => {
  it("settles at once when every worker knows already", async () => {
    const { clock, watch } = setup([{ pid: 1, state: "ready", revision: 5 }]);

    assert.deepEqual(await watch.wait(5, 1_000), { applied: 1, workers: 1, missing: [] });
    assert.equal(clock.pending, 0);
  });

  it("settles when the last worker has caught up", async () => {
    const worker = { pid: 1, state: "ready" as const, revision: 4 };
    const { clock, watch } = setup([worker]);
    const waiting = watch.wait(5, 1_000);
    worker.revision = 5;
    watch.check();

    assert.deepEqual((await waiting).missing, []);
    assert.equal(clock.pending, 0);
  });

  it("waits for a worker that starts, and for none that is draining or gone", async () => {
    const starting: { pid: number; state: "starting" | "ready"; revision: number } = {
      pid: 1,
      state: "starting",
      revision: -1,
    };
    const { watch } = setup([
      starting,
      { pid: 2, state: "gone", revision: 1 },
      { pid: 3, state: "draining", revision: 1 },
    ]);
    const waiting = watch.wait(5, 1_000);
    Object.assign(starting, { state: "ready", revision: 5 });
    watch.check();

    assert.deepEqual(await waiting, { applied: 1, workers: 1, missing: [] });
  });

  it("does not call a change applied while no worker is there", async () => {
    const { clock, watch } = setup([{ pid: 2, state: "gone", revision: 1 }]);
    let settled = false;
    const waiting = watch.wait(5, 1_000).finally(() => (settled = true));
    await clock.advance(999);
    assert.equal(settled, false);

    await clock.advance(1);
    assert.deepEqual(await waiting, { applied: 0, workers: 0, missing: [] });
  });

  it("gives up after the limit, and says who is missing", async () => {
    const { clock, watch } = setup([
      { pid: 1, state: "ready", revision: 5 },
      { pid: 2, state: "ready", revision: 4 },
    ]);
    const waiting = watch.wait(5, 1_000);
    await clock.advance(1_000);

    assert.deepEqual(await waiting, { applied: 1, workers: 2, missing: [2] });
  });
});

function setup(workers: readonly AppliedWorker[]) {
  const clock = new VirtualClock();
  return { clock, watch: new AppliedWatch(clock, () => workers) };
}
