import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "../../testing/virtual-clock.js";
import type { Address } from "./address.js";
import { createIterableResolver } from "./iterable.js";
import { RecordedListener } from "./recorded.test.fixture.js";

type List = readonly (Address | string)[];

describe("createIterableResolver", () => {
  it("tells each list, and that the last is final", async () => {
    const { clock, listener } = setup(async function* () {
      yield ["10.0.0.1:80", "10.0.0.1:80"];
      yield [{ kind: "unix", path: "/run/x.sock" }];
    });
    assert.deepEqual(listener.told, []);
    await clock.advance(0);

    assert.deepEqual(listener.told, ["10.0.0.1:80", "unix:/run/x.sock", "ended"]);
    assert.equal(clock.pending, 0);
  });

  it("counts empty lists and unreadable addresses as failures, and goes on", async () => {
    const { clock, listener } = setup(async function* () {
      yield [];
      yield ["a.test:80"];
      yield ["10.0.0.1:80"];
    });
    await clock.advance(0);

    assert.equal(listener.take()[0], "failed: registry has no addresses");
    assert.equal(listener.addresses.length, 1);
  });

  it("asks again after a failure, ever later, and starts over after success", async () => {
    let times = 0;
    const { clock, listener } = setup(async function* () {
      times += 1;
      if (times === 3) yield ["10.0.0.1:80"];
      throw new Error(`broken ${times}`);
    });
    await clock.advance(0);
    await clock.advance(749);
    assert.deepEqual(listener.take(), ["failed: broken 1"]);
    await clock.advance(1);
    await clock.advance(1_125);
    assert.deepEqual(listener.take(), ["failed: broken 2", "10.0.0.1:80", "failed: broken 3"]);
    await clock.advance(750);

    assert.deepEqual(listener.take(), ["failed: broken 4"]);
  });

  it("ends the iteration when it is disposed of, and leaves nothing", async () => {
    let ended = false;
    const { clock, listener, resolution } = setup(async function* (signal) {
      try {
        yield ["10.0.0.1:80"];
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("over"))));
      } finally {
        ended = true;
      }
    });
    await clock.advance(0);
    resolution[Symbol.dispose]();
    resolution.refresh();
    await clock.advance(10_000);

    assert.deepEqual([ended, listener.told, clock.pending], [true, ["10.0.0.1:80"], 0]);
  });

  it("waits no longer for the next try once it is disposed of", async () => {
    const { clock, resolution } = setup(() => {
      throw new Error("broken");
    });
    await clock.advance(0);
    assert.equal(clock.pending, 1);
    resolution[Symbol.dispose]();
    await clock.advance(0);

    assert.equal(clock.pending, 0);
  });
});

function setup(lists: (signal: AbortSignal) => AsyncIterable<List>) {
  const clock = new VirtualClock();
  const listener = new RecordedListener();
  const resolver = createIterableResolver({ target: "registry", lists, clock, random: () => 0 });
  return { clock, listener, resolution: resolver.watch(listener) };
}
