import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Affinity } from "./affinity.js";
import { look } from "./outlook.js";
import { stubNodes } from "./stub-nodes.test.fixture.js";

describe("Affinity", () => {
  it("stays with nobody before one has answered, and then with that one", () => {
    const { nodes, affinity, at, steadyAt } = setup(["a", "b"]);
    affinity.went(nodes[0]!);
    assert.equal(at(0), undefined);
    steadyAt(nodes[1]!, 10);

    assert.equal(at(10), nodes[1]);
  });

  it("stays only while answers take about the same time", () => {
    const { nodes, at, answer, steadyAt } = setup(["a", "b"]);
    const [home] = nodes as [Stub, Stub];
    for (let count = 0; count < 9; count += 1) answer(home, 100);
    assert.equal(at(100), undefined);
    steadyAt(home, 100);
    assert.equal(at(100), home);
    answer(home, 160, 100);

    assert.equal(at(260), undefined);
  });

  it("lets calls go elsewhere while eight are under way, and stays all the same", () => {
    const { nodes, affinity, at, call, hang, steadyAt } = setup(["a", "b"]);
    const [home, other] = nodes as [Stub, Stub];
    steadyAt(home, 1_000);
    for (let count = 0; count < 7; count += 1) hang(other, 1_000);
    assert.equal(at(1_010), home);
    hang(home, 1_000);
    assert.equal(at(1_010), undefined);
    affinity.went(other);
    call(other, { rttMs: 1_000, startedAt: 1_010 });

    assert.equal(affinity.homeAmong(nodes), home);
  });

  it("leaves a node that fails where its peer does not", () => {
    const { nodes, at, fail, steadyAt } = setup(["a", "b"]);
    steadyAt(nodes[0]!, 10);
    fail(nodes[0]!);

    assert.equal(at(110), undefined);
  });

  it("leaves a node that owes an answer", () => {
    const { nodes, at, hang, steadyAt } = setup(["a", "b"]);
    steadyAt(nodes[0]!, 100);
    hang(nodes[0]!, 1_000);
    assert.equal(at(1_100), nodes[0]);

    assert.equal(at(1_110), undefined);
  });

  it("stays when all fail alike", () => {
    const { nodes, at, fail, steadyAt } = setup(["a", "b"]);
    steadyAt(nodes[0]!, 10);
    for (const node of nodes) fail(node);

    assert.equal(at(110), nodes[0]);
  });

  it("leaves for a peer that was quicker when it was heard of last, a quarter at least", () => {
    for (const [rttMs, stays] of [
      [85, true],
      [75, false],
    ] as const) {
      const { nodes, at, answer, steadyAt } = setup(["a", "b"]);
      steadyAt(nodes[0]!, 100);
      answer(nodes[1]!, rttMs);
      answer(nodes[0]!, 100, 60_000);

      assert.equal(at(60_100), stays ? nodes[0] : undefined, `a peer that takes ${rttMs} ms`);
    }
  });

  it("does not leave for a peer never heard of, nor for a quicker one that is doubted", () => {
    const { nodes, at, answer, fail, steadyAt } = setup(["a", "b", "never"]);
    steadyAt(nodes[0]!, 1_000);
    answer(nodes[1]!, 10);
    fail(nodes[1]!);

    assert.equal(at(1_010), nodes[0]);
  });

  it("sends one of two hundred calls to whoever is cheapest, and moves there when that one is answered", () => {
    const { nodes, affinity, at, answer, hang, steadyAt } = setup(["a", "b"]);
    const [home, next] = nodes as [Stub, Stub];
    steadyAt(home, 10);
    steadyAt(next, 10);
    for (let count = 0; count < 200; count += 1) {
      assert.equal(at(10), home);
      affinity.went(home);
    }
    assert.equal(at(10), undefined);
    affinity.went(next);
    hang(next, 10);
    assert.equal(at(15), home);
    answer(next, 10, 10);
    assert.equal(at(20), next);
    for (let count = 0; count < 200; count += 1) {
      affinity.went(next);
      answer(next, 10, 20);
    }

    assert.equal(at(30), undefined);
  });

  it("stays where it is when whoever is cheapest is the same, or does not answer", () => {
    const { nodes, affinity, at, steadyAt } = setup(["a", "b"]);
    const [home, next] = nodes as [Stub, Stub];
    steadyAt(home, 10);
    for (const goes of [home, next]) {
      for (let count = 0; count < 201; count += 1) affinity.went(count < 200 ? home : goes);
      for (let count = 0; count < 199; count += 1) {
        assert.equal(at(10), home);
        affinity.went(home);
      }
    }
  });

  it("finds its node again wherever it stands, and forgets one that is gone", () => {
    const { nodes, affinity, at, steadyAt } = setup(["a", "b", "c"]);
    const [a, b, c] = nodes as [Stub, Stub, Stub];
    steadyAt(c, 10);
    assert.equal(affinity.homeAmong([c, b]), c);
    assert.equal(at(10, [b, c]), c);
    assert.equal(at(10, [a, b]), undefined);

    assert.equal(at(10), undefined);
  });
});

type Stub = ReturnType<typeof stubNodes>["nodes"][number];

function setup(keys: readonly string[]) {
  const affinity = new Affinity();
  const stub = stubNodes(keys, {
    home: undefined,
    select: () => undefined,
    ended: (node, _track, { how }) => {
      if (how === "good") affinity.heard(node);
    },
  });
  return {
    ...stub,
    affinity,
    /** A good answer of `node`. */
    answer: (node: Stub, rttMs: number, startedAt = 0) => stub.call(node, { rttMs, startedAt }),
    /** A failure that says that `node` is broken. */
    fail: (node: Stub) => node.doubt.failed({ usually: 0.0001, elapsedMs: 10, now: 100 }),
    /** So many good answers of `node` that it is known to be steady. */
    steadyAt(node: Stub, rttMs: number) {
      for (let count = 0; count < 10; count += 1) stub.call(node, { rttMs });
    },
    /** Whom a call at `now` would stay with. */
    at(now: number, nodes: readonly Stub[] = stub.nodes) {
      const tracks = nodes.map((node) => node.track("/", now));
      const doubts = nodes.map((node, place) => look(node, tracks[place]!, now));
      return affinity.at({ nodes, tracks, leastDoubt: Math.min(...doubts), now });
    },
  };
}
