import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "../testing/virtual-clock.js";
import {
  createHealthSignals,
  type HealthSignalEvent,
  healthSignalEvents,
  joinHealth,
} from "./health-signals.js";
import { WatchSource } from "./watch.js";

describe("createHealthSignals", () => {
  const truths: readonly (readonly [states: readonly boolean[], healthy: boolean])[] = [
    [[], true],
    [[false], false],
    [[true], true],
    [[true, false], false],
    [[false, false], false],
    [[true, true], true],
  ];
  for (const [states, healthy] of truths) {
    it(`is ${healthy ? "healthy" : "unhealthy"} with [${states.join(", ")}]`, () => {
      const { signals } = setup();
      states.forEach((state, at) => signals.add(`signal ${at}`).set(state));

      assert.equal(signals.healthy.value, healthy);
    });
  }

  it("takes a signal for unhealthy until it says otherwise", () => {
    const { signals } = setup();
    signals.add("database");
    signals.add("cache").set(true);

    assert.deepEqual([signals.healthy.value, signals.unhealthy], [false, ["database"]]);
  });

  it("tells subscribers of changes of the whole alone", () => {
    const { signals } = setup();
    const heard: boolean[] = [];
    const one = signals.add("one");
    const other = signals.add("other");
    signals.healthy.subscribe((healthy) => heard.push(healthy));
    one.set(true);
    other.set(true);
    other.set(true);
    one.set(false);
    other.set(false);

    assert.deepEqual(heard, [true, false]);
  });

  it("counts a signal no longer that was taken out", () => {
    const { signals, clock } = setup();
    const signal = signals.add("database");
    signal[Symbol.dispose]();
    signal.set(false);

    assert.deepEqual([signals.healthy.value, signals.names, clock.pending], [true, [], 0]);
  });

  it("gives a name that is taken a number", () => {
    const { signals } = setup();
    for (let count = 1; count <= 3; count += 1) signals.add("backend");

    assert.deepEqual(signals.names, ["backend", "backend (2)", "backend (3)"]);
  });

  it("follows what joins it, until that leaves", () => {
    const { signals, done } = setup();
    const healthy = new WatchSource(true);
    const joined = joinHealth(signals, "certificate", healthy);
    assert.deepEqual([signals.healthy.value, signals.names], [true, ["certificate"]]);
    healthy.set(false);
    assert.deepEqual(signals.unhealthy, ["certificate"]);
    joined[Symbol.dispose]();
    healthy.set(true);
    done();

    assert.deepEqual([signals.healthy.value, signals.names], [true, []]);
  });

  it("reminds of those that are not healthy, until all were for the first time", async () => {
    const { signals, clock, heard, done } = setup();
    const one = signals.add("one");
    const other = signals.add("other");
    await clock.advance(30_000);
    one.set(true);
    await clock.advance(30_000);
    other.set(true);
    await clock.advance(100_000);
    done();

    assert.deepEqual(heard, [
      { kind: "waiting", unhealthy: ["one", "other"], elapsedMs: 30_000 },
      { kind: "waiting", unhealthy: ["other"], elapsedMs: 60_000 },
    ]);
    assert.equal(clock.pending, 0);
  });

  it("tells each change once it has started up", async () => {
    const { signals, clock, heard, done } = setup();
    const signal = signals.add("one");
    signal.set(true);
    signal.set(false);
    await clock.advance(100_000);
    done();

    assert.deepEqual(heard, [{ kind: "changed", name: "one", healthy: false }]);
  });
});

function setup() {
  const clock = new VirtualClock();
  const signals = createHealthSignals({ clock });
  const heard: HealthSignalEvent[] = [];
  const listening = healthSignalEvents.subscribe((event) => heard.push(event));
  return { clock, signals, heard, done: () => listening[Symbol.dispose]() };
}
