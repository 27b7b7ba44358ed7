import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "../../base/random.js";
import { Balanced } from "./balanced.js";
import { stubNodes } from "./stub-nodes.test.fixture.js";

describe("Balanced", () => {
  it("C17: avoids the node in use", () => {
    const { nodes, pick, hang } = setup(["a", "b"]);
    hang(nodes[0]!);

    for (let count = 0; count < 50; count += 1) assert.equal(pick(), nodes[1]);
  });

  it("C17: shares free picks evenly, by chance", () => {
    const { nodes, pick } = setup(["a", "b"]);
    const picks = Array.from({ length: 200 }, () => pick());
    const first = picks.filter((node) => node === nodes[0]).length;

    assert.ok(first > 75 && first < 125, `${first} of 200`);
  });

  it("C17: takes no notice of one 4xx, some of nine, and forgets those in 5 s", () => {
    const { nodes, pick, call } = setup(["a", "b"]);
    const [refusing, other] = nodes as [(typeof nodes)[number], (typeof nodes)[number]];
    const picksAt = (now: number) => new Set(Array.from({ length: 30 }, () => pick(now)));
    call(refusing, { how: "refused" });
    assert.equal(picksAt(10).size, 2);
    for (let count = 0; count < 8; count += 1) call(refusing, { how: "refused" });
    assert.deepEqual([...picksAt(10)], [other]);

    assert.equal(picksAt(30_010).size, 2);
  });

  it("C17: holds a 5xx against a node like ten calls in flight", () => {
    const { nodes, pick, call, hang } = setup(["a", "b"]);
    call(nodes[0]!, { how: "error" });
    for (let count = 0; count < 9; count += 1) hang(nodes[1]!);
    assert.equal(pick(10), nodes[1]);
    for (let count = 0; count < 2; count += 1) hang(nodes[1]!);

    assert.equal(pick(10), nodes[0]);
  });

  it("C17: waits at all nodes of like score, in their order", () => {
    const stub = setup(["a", "b", "c"]);
    for (const node of stub.nodes) for (let count = 0; count < 20; count += 1) stub.hang(node);

    assert.equal(stub.pick(), undefined);
    assert.equal(new Set(stub.waitAt).size, 3);
  });

  it("C17: leaves out those of more than twice the score of a busy one", () => {
    const stub = setup(["a", "b"]);
    const [busy, failing] = stub.nodes as [(typeof stub.nodes)[number], (typeof stub.nodes)[number]];
    for (let count = 0; count < 20; count += 1) stub.hang(busy);
    for (let count = 0; count < 5; count += 1) stub.call(failing, { how: "unavailable" });

    assert.equal(stub.pick(10), undefined);
    assert.deepEqual(stub.waitAt, [busy]);
  });

  it("goes to the next best when the best has no room for the endpoint", () => {
    const { nodes, pick, hang } = setup(["a", "b"]);
    const [throttled, other] = nodes as [(typeof nodes)[number], (typeof nodes)[number]];
    const track = throttled.track("/throttled", 0);
    for (let count = 0; count < 20; count += 1) track.limiter!.permits.tryTake();
    hang(other);

    assert.equal(pick(0, { endpoint: "/throttled" }), other);
    assert.equal(pick(0, { endpoint: "/other" }), throttled);
  });
});

function setup(keys: readonly string[]) {
  return stubNodes(keys, new Balanced(seededRandom(1)));
}
