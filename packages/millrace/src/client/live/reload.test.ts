import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRefreshable } from "../../config/refreshable/refreshable.js";
import { settle, VirtualClock } from "../../testing/virtual-clock.js";
import type { ServicesConfig } from "../config/services-config.js";
import { Reload, type Reloadable } from "./reload.js";

const before: ServicesConfig = { services: {} };
const after: ServicesConfig = { services: { widgets: { uris: [] } } };

describe("Reload", () => {
  it("rests four times as long as it works, so that calls get their turn", async () => {
    const { config, clock, begun, reload } = setup([1, 1, 3, 0, 0]);
    config.set(after);
    await ended(reload, clock);

    assert.deepEqual([begun, clock.pending], [[0, 5, 10, 25, 25], 0]);
  });

  it("does not rest after work that takes no time", async () => {
    const { config, clock, begun, reload } = setup([0, 0, 0]);
    config.set(after);
    await reload.settled();

    assert.deepEqual([begun, clock.pending], [[0, 0, 0], 0]);
  });

  it("tells what cannot be used, and goes on with the next", async () => {
    const { config, errors, begun, reload } = setup([0, new Error("no"), 0]);
    config.set(after);
    await reload.settled();

    assert.equal(begun.length, 3);
    assert.deepEqual(
      errors.map((error) => (error as Error).message),
      ["no"],
    );
  });
});

/** Targets that take so many milliseconds each, or fail. */
function setup(work: readonly (number | Error)[]) {
  const clock = new VirtualClock();
  const config = createRefreshable(before);
  const begun: number[] = [];
  const errors: unknown[] = [];
  const targets = work.map((each): Reloadable => {
    return {
      async reload() {
        begun.push(clock.now());
        if (typeof each !== "number") throw each;
        if (each > 0) await clock.advance(each);
      },
    };
  });
  const reload = new Reload(config, {
    targets: () => targets,
    clock,
    onError: (error) => void errors.push(error),
  });
  return { config, clock, begun, errors, reload };
}

/** Moves time on whenever the reload waits for it, until it is over. */
async function ended(reload: Reload, clock: VirtualClock): Promise<void> {
  let isOver = false;
  void reload.settled().then(() => (isOver = true));
  while (!isOver) {
    await settle();
    await clock.run();
  }
}
