import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "../../base/random.js";
import { createContext, deriveContext } from "../../service/context.js";
import { Adaptive } from "./adaptive.js";
import { stubNodes } from "./stub-nodes.test.fixture.js";

describe("Adaptive", () => {
  it("takes turns while nothing tells nodes apart", () => {
    const { pick } = setup(["a", "b", "c"]);
    const picks = Array.from({ length: 30 }, () => pick()!.key);

    for (const key of ["a", "b", "c"]) assert.equal(picks.filter((each) => each === key).length, 10);
    for (let index = 3; index < 30; index += 1) assert.equal(picks[index], picks[index - 3]);
  });

  it("prefers the quicker node, until its calls pile up", () => {
    const { nodes, pick, answer, hang } = setup(["quick", "slow"]);
    const [quick, slow] = nodes as [Stub, Stub];
    answer(quick, 10);
    answer(slow, 30);
    assert.equal(pick(1_000), quick);
    for (let count = 0; count < 3; count += 1) hang(quick, 1_000);

    assert.equal(pick(1_000), slow);
  });

  it("stops sending to a node that has fallen silent, before anything fails", () => {
    const { nodes, pick, answer, hang } = setup(["hole", "good"]);
    const [hole, good] = nodes as [Stub, Stub];
    for (const node of nodes) answer(node, 100);
    hang(hole, 1_000);
    for (let count = 0; count < 15; count += 1) hang(good, 1_120);

    assert.equal(pick(1_120), hole);
    assert.equal(pick(1_200), good);
  });

  it("waits at a good node rather than go to a silent one", () => {
    const stub = setup(["hole", "good"]);
    const [hole, good] = stub.nodes as [Stub, Stub];
    for (const node of stub.nodes) stub.answer(node, 100);
    stub.hang(hole, 1_000);
    for (let count = 0; count < 20; count += 1) stub.hang(good, 2_000);

    assert.equal(stub.pick(2_000), undefined);
    assert.deepEqual(stub.waitAt, [good]);
  });

  it("thinks nothing of one long call while others end", () => {
    const { nodes, pick, answer, hang } = setup(["a", "b"]);
    const [long, other] = nodes as [Stub, Stub];
    answer(long, 100);
    answer(other, 150);
    hang(long, 1_000);
    for (let now = 1_000; now < 31_000; now += 100) {
      answer(long, 100, now);
      answer(other, 150, now);
    }
    hang(other, 31_000);

    assert.equal(pick(31_050), long);
  });

  it("leaves a node that fails one endpoint alone for that one only", () => {
    const { nodes, picksAt, call } = setup(["a", "b"]);
    const [failing, other] = nodes as [Stub, Stub];
    for (let count = 0; count < 3; count += 1) call(failing, { how: "error", endpoint: "/e1" });

    assert.deepEqual([...picksAt(1_000, "/e1")], [other]);
    assert.ok(picksAt(1_000, "/e2").has(failing));
  });

  it("leaves a node alone for all endpoints when it cannot be reached, or says it is unavailable", () => {
    for (const how of ["lost", "unavailable"] as const) {
      const { nodes, picksAt, call } = setup(["a", "b"]);
      call(nodes[0]!, { how, endpoint: "/e1" });

      assert.deepEqual([...picksAt(1_000, "/e2")], [nodes[1]]);
    }
  });

  it("avoids a node that refuses what its peer does not, and none when both refuse alike", () => {
    const odd = setup(["a", "b"]);
    odd.alternate(200, 50, (node) => (node === odd.nodes[0] ? "refused" : "good"));
    assert.deepEqual([...odd.picksAt(20_000)], [odd.nodes[1]]);

    const alike = setup(["a", "b"]);
    alike.alternate(400, 50, (_, index) => (index % 4 < 2 ? "refused" : "good"));
    assert.equal(alike.picksAt(20_000).size, 2);
  });

  it("avoids none when all fail alike", () => {
    const { alternate, picksAt } = setup(["a", "b"]);
    alternate(40, 50, () => "error");

    assert.equal(picksAt(2_100).size, 2);
  });

  it("probes what it avoids by one call in a hundred, and takes it back when that went well", () => {
    const { nodes, pick, picksAt, call, answer } = setup(["a", "b"]);
    const [failed, other] = nodes as [Stub, Stub];
    for (let count = 0; count < 3; count += 1) call(failed, { how: "error" });
    const picks = Array.from({ length: 120 }, (_, index) => pick(100 * index));
    assert.deepEqual([picks.indexOf(failed), picks.filter((node) => node === failed).length], [99, 1]);
    answer(failed, 10, 12_000);
    answer(failed, 10, 12_100);
    answer(other, 10, 12_100);

    assert.equal(picksAt(12_200).size, 2);
  });

  for (const how of ["lost", "error", "throttled", "unsaid", "given-up"] as const) {
    it(`probes again after a probe that ended ${how}`, () => {
      const { nodes, pick, call, answer } = setup(["a", "b"]);
      const [odd, other] = nodes as [Stub, Stub];
      for (let count = 0; count < 40; count += 1) answer(other, 10, 10 * count);
      for (let count = 0; count < 5; count += 1) call(odd, { how: "refused" });
      const nextProbe = (from: number) => {
        for (let now = from; now < from + 3_600_000; now += 1_000) if (pick(now) === odd) return now;
        return assert.fail("there was no other probe");
      };
      const first = nextProbe(1_000);
      call(odd, { how, startedAt: first });

      assert.ok(nextProbe(first + 1_000) > first);
    });
  }

  it("knocks now and then at a node that never answers", () => {
    const { nodes, pick, answer, hang } = setup(["hole", "good"]);
    const [hole] = nodes as [Stub, Stub];
    for (const node of nodes) answer(node, 100);
    hang(hole, 1_000);
    const knocks: number[] = [];
    for (let now = 2_000; now < 130_000; now += 1_000) if (pick(now) === hole) knocks.push(now);

    assert.deepEqual(knocks, [31_000, 61_000, 121_000]);
  });

  it("stays with a node that answers steadily while little is under way, and takes turns beyond that", () => {
    const { nodes, pick, alternate, hang } = setup(["a", "b"]);
    alternate(40, 50, () => "good");
    const home = pick(3_000)!;
    for (let count = 0; count < 8; count += 1) {
      assert.equal(pick(3_000), home);
      hang(home, 3_000);
    }
    const other = nodes.find((node) => node !== home);

    assert.equal(pick(3_000), other);
  });

  for (const how of ["good", "refused"] as const) {
    it(`moves on after two hundred calls that ended ${how}`, () => {
      const { pick, call } = setup(["a", "b"]);
      const picks = Array.from({ length: 1_000 }, (_, index) => {
        const node = pick(20 * index)!;
        call(node, { how, startedAt: 20 * index });
        return node.key;
      });
      const moves = picks.filter((key, index) => index > 0 && key !== picks[index - 1]);

      assert.ok(moves.length >= 4 && moves.length < 40, `${moves.length} moves`);
      const toA = picks.filter((key) => key === "a").length;
      assert.ok(toA > 150 && toA < 850, `${toA} of 1,000 to one of two`);
    });
  }

  it("goes to another node for the next attempt, though it stays with the first", () => {
    const { nodes, strategy, alternate } = setup(["a", "b"]);
    alternate(40, 50, () => "good");
    const context = createContext();
    const [endpoint, now] = ["/", 3_000];
    const home = strategy.select(nodes, { endpoint, context, now, all: nodes }, [])!;
    const ending = { how: "throttled", endpoint, context, startedAt: now, now, nodes } as const;
    strategy.ended(home, home.track(endpoint, now), ending);
    const again = { endpoint, context: deriveContext(context, { attempt: 2 }), now, all: nodes };

    assert.notEqual(strategy.select(nodes, again, []), home);
    assert.equal(strategy.select(nodes, { ...again, context: createContext() }, []), home);
  });

  it("stays with one of many, and lets it go when it is gone", () => {
    const keys = Array.from({ length: 50 }, (_, index) => `node-${index}`);
    const { nodes, pick, answer } = setup(keys);
    for (let count = 0; count < 10; count += 1) answer(nodes[30]!, 10);
    for (let count = 0; count < 50; count += 1) assert.equal(pick(10), nodes[30]);
    const rest = nodes.filter((node) => node !== nodes[30]);

    assert.notEqual(pick(10, { among: rest }), nodes[30]);
    assert.notEqual(pick(10), nodes[30]);
  });

  it("looks at a few of many, and at all when those few have no room", () => {
    const keys = Array.from({ length: 50 }, (_, index) => `node-${index}`);
    const { nodes, pick, hang } = setup(keys);
    for (const node of nodes.slice(1)) for (let count = 0; count < 20; count += 1) hang(node);

    assert.equal(pick(), nodes[0]);
  });
});

type Stub = ReturnType<typeof stubNodes>["nodes"][number];

function setup(keys: readonly string[]) {
  const strategy = new Adaptive(seededRandom(1));
  const stub = stubNodes(keys, strategy);
  const { nodes, pick, call } = stub;
  const pickAndHang = (now: number, endpoint: string) => {
    const node = pick(now, { endpoint });
    if (node) stub.hang(node, now, endpoint);
    return node;
  };
  return {
    ...stub,
    strategy,
    /** A good answer of `node`. */
    answer: (node: Stub, rttMs: number, startedAt = 0) => call(node, { rttMs, startedAt }),
    /** Calls that go to the nodes in turn, each ending as `how` says. */
    alternate(
      count: number,
      everyMs: number,
      how: (
        node: Stub,
        index: number,
      ) => Parameters<typeof call>[1] extends { how?: infer How } | undefined ? How : never,
    ) {
      for (let index = 0; index < count; index += 1) {
        const node = nodes[index % nodes.length]!;
        call(node, { how: how(node, index), startedAt: index * everyMs });
      }
    },
    /** Who gets sixteen calls at `now`, none of which ends. */
    picksAt: (now: number, endpoint = "/") =>
      new Set(
        Array.from({ length: 16 }, () => pickAndHang(now, endpoint)).filter((node) => node !== undefined),
      ),
  };
}
