import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setup } from "./regulator.test.fixture.js";

describe("Regulator, with addresses that change", () => {
  it("goes to new addresses before it leaves the old ones", async () => {
    await using parts = await full("a", "b", "c");
    parts.resolve("d", "e", "f");
    assert.deepEqual(parts.members(), ["a", "b", "c", "d connecting", "e connecting", "f connecting"]);
    parts.opened[3]!.turnHealthy();
    assert.deepEqual(parts.members(), ["b", "c", "d", "e connecting", "f connecting"]);
    parts.opened[4]!.turnHealthy();
    parts.opened[5]!.turnHealthy();

    assert.deepEqual([parts.members(), parts.health], [["d", "e", "f"], ["healthy"]]);
  });

  it("goes one by one to a single new address", async () => {
    await using parts = await full("a");
    parts.resolve("b");
    for (let at = 3; at < 6; at += 1) {
      assert.equal(parts.opened.length, at + 1);
      parts.opened[at]!.turnHealthy();
    }

    assert.deepEqual([parts.members(), parts.health], [["b", "b", "b"], ["healthy"]]);
  });

  it("stays where it is while the new addresses do not work", async () => {
    await using parts = await full("a", "b", "c");
    parts.resolve("d");
    for (let tries = 1; tries <= 5; tries += 1) {
      parts.opened.at(-1)!.refuse();
      const { length } = parts.opened;
      while (parts.opened.length === length) await parts.clock.advance(100);
    }

    assert.deepEqual(parts.members(), ["a", "b", "c", "d connecting"]);
  });

  it("comes back to an address that is named again before it was left", async () => {
    await using parts = await full("a", "b", "c");
    parts.resolve("b", "c", "d");
    parts.resolve("a", "b", "c");
    await parts.settle();

    assert.deepEqual(parts.members(), ["a", "b", "c"]);
  });

  it("leaves an old address at once where it has no healthy member", async () => {
    await using parts = setup();
    parts.resolve("a", "b", "c");
    parts.opened[0]!.turnHealthy();
    parts.resolve("a", "d", "e");

    assert.deepEqual(parts.members(), ["a", "d connecting", "e connecting"]);
  });

  it("keeps members at old addresses when told to", async () => {
    await using parts = await full("a", "b", "c", { removed: "keep" });
    parts.resolve("d");
    await parts.clock.advance(100_000);
    assert.deepEqual(parts.members(), ["a", "b", "c"]);
    parts.opened[0]!.reports.dropped();

    assert.deepEqual(parts.members(), ["b", "c", "d connecting"]);
  });

  it("moves a member to an address that has none, where others share one", async () => {
    await using parts = await full("a");
    parts.resolve("a", "b");
    assert.deepEqual(parts.members(), ["a", "a", "a", "b connecting"]);
    parts.opened[3]!.turnHealthy();
    await parts.settle();

    assert.deepEqual(parts.members(), ["a", "a", "b"]);
  });

  it("comes back to an address that was dead, by its back-off", async () => {
    await using parts = await full("a", "b", "c", { backoff: { initialMs: 500, jitter: 0 } });
    await parts.clock.advance(5_000);
    parts.opened[0]!.refuse();
    assert.deepEqual(parts.members(), ["b", "c", "b connecting"]);
    parts.opened[3]!.turnHealthy();
    await parts.clock.advance(749);
    assert.deepEqual(parts.members(), ["b", "c", "b"]);
    await parts.clock.advance(1);
    assert.deepEqual(parts.members(), ["b", "c", "b", "a connecting"]);
    parts.opened[4]!.turnHealthy();

    assert.deepEqual(parts.members(), ["c", "b", "a"]);
  });

  it("stays where it is when it is not to spread", async () => {
    await using parts = await full("a", { spread: false });
    parts.resolve("a", "b");
    await parts.clock.advance(100_000);

    assert.deepEqual(parts.members(), ["a", "a", "a"]);
  });

  it("takes over weights", async () => {
    await using parts = await full("a", "b", "c");
    const weights: unknown[] = [];
    const watching = parts.pool.members.subscribe((change) => {
      if (change.kind === "update") weights.push(change.state.weight);
    });
    parts.pool.resolved([{ name: "a", weight: 3 }, { name: "b" }, { name: "c", weight: 2 }]);
    watching[Symbol.dispose]();

    assert.deepEqual(weights, [3, 1, 2]);
  });
});

describe("Regulator, with members that age", () => {
  it("replaces a member of some age once its successor is healthy", async () => {
    await using parts = setup({ wanted: 2, maxAgeMs: 60_000 });
    parts.resolve("a", "b");
    parts.opened[0]!.turnHealthy();
    await parts.clock.advance(10_000);
    parts.opened[1]!.turnHealthy();
    await parts.clock.advance(49_999);
    assert.deepEqual(parts.members(), ["a", "b"]);
    await parts.clock.advance(1);
    assert.deepEqual(parts.members(), ["a", "b", "a connecting"]);
    parts.opened[2]!.turnHealthy();
    await parts.settle();

    assert.deepEqual(parts.members(), ["b", "a"]);
    assert.ok(parts.take().includes("evicted a: aged"));
  });

  it("spreads ages by chance", async () => {
    await using parts = setup({ wanted: 1, maxAgeMs: 60_000, ageJitter: 0.5, random: () => 0.5 });
    parts.resolve("a");
    parts.opened[0]!.turnHealthy();
    await parts.clock.advance(44_999);
    assert.equal(parts.opened.length, 1);
    await parts.clock.advance(1);

    assert.equal(parts.opened.length, 2);
  });
});

describe("Regulator, with a load that changes", () => {
  it("grows with its load up to its most, and shrinks after a while", async () => {
    await using parts = await full("a", "b", "c", "d", "e", { max: 5, sizing: { growAt: 10 } });
    parts.load.inFlight = 30;
    await parts.clock.advance(1_000);
    assert.equal(parts.members().length, 4);
    parts.load.inFlight = 100;
    await parts.clock.advance(5_000);
    assert.equal(parts.members().length, 5);
    for (const member of parts.opened.slice(3)) member.turnHealthy();

    parts.load.inFlight = 0;
    await parts.clock.advance(60_000);
    assert.equal(parts.members().length, 5);
    await parts.clock.advance(1_000);
    assert.equal(parts.members().length, 4);
    await parts.clock.advance(200_000);
    assert.equal(parts.members().length, 3);
  });

  it("has one member for each address when told so", async () => {
    const every = { wanted: Infinity, perAddress: 1, healthyMin: 1 };
    await using parts = setup(every);
    parts.resolve("a", "b", "c", "d");
    for (const member of parts.opened) member.turnHealthy();
    assert.deepEqual(parts.members(), ["a", "b", "c", "d"]);
    parts.resolve("d", "e");
    assert.deepEqual(parts.members(), ["c", "d", "e connecting"]);
    parts.opened[4]!.turnHealthy();
    await parts.settle();

    assert.deepEqual(parts.members(), ["d", "e"]);
  });
});

type Options = Parameters<typeof setup>[0];

/** A pool whose wanted members are all healthy. */
async function full(...given: readonly (string | Options)[]) {
  const names = given.filter((one) => typeof one === "string");
  const [options] = given.filter((one) => typeof one === "object");
  const parts = setup(options);
  parts.resolve(...names);
  for (let at = 0; at < parts.opened.length; at += 1) parts.opened[at]!.turnHealthy();
  await parts.settle();
  parts.take();
  return parts;
}
