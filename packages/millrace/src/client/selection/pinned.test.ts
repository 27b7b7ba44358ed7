import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "../../base/random.js";
import type { Ending } from "./ending.js";
import { Pinned } from "./pinned.js";
import { stubNodes } from "./stub-nodes.test.fixture.js";

describe("Pinned", () => {
  for (const how of ["good", "refused", "throttled"] as const) {
    it(`C16: stays after calls that ended ${how}`, () => {
      const { pick, call } = setup();
      const pinned = pick()!;
      for (let count = 0; count < 10; count += 1) call(pinned, { how });

      assert.equal(pick(), pinned);
    });
  }

  for (const how of ["error", "unavailable", "lost"] as const satisfies readonly Ending[]) {
    it(`C16: goes on after one that ended ${how}, and visits all before it comes back`, () => {
      const { nodes, pick, call } = setup();
      const visited = nodes.map(() => {
        const pinned = pick()!;
        call(pinned, { how });
        return pinned;
      });

      assert.equal(new Set(visited).size, 4);
      assert.equal(pick(), visited[0]);
    });
  }

  it("C16: goes on once, of several failures of one node", () => {
    const { pick, call } = setup();
    const first = pick()!;
    call(first, { how: "lost" });
    const second = pick();
    call(first, { how: "lost" });

    assert.notEqual(second, first);
    assert.equal(pick(), second);
  });

  it("C16: starts at another node in another client", () => {
    const firsts = Array.from({ length: 40 }, (_, seed) => setup({ seed }).pick()!.key);

    assert.equal(new Set(firsts).size, 4);
  });

  it("C16: draws a new order after 9.5 to 10.5 minutes, not before", () => {
    const clients = Array.from({ length: 40 }, (_, seed) => setup({ seed }));
    const firsts = clients.map(({ pick }) => pick(0));
    assert.deepEqual(
      clients.map(({ pick }) => pick(569_999)),
      firsts,
    );
    const moved = clients.filter(({ pick }, index) => pick(630_000) !== firsts[index]);

    assert.ok(moved.length > 20, `${moved.length} of 40`);
  });

  it("C16: keeps its order where it is not to be reshuffled", () => {
    const { pick } = setup({ reshuffle: false });
    const pinned = pick(0);

    assert.equal(pick(100 * 3_600_000), pinned);
  });

  it("waits for the pinned node, whatever room others have", () => {
    const { waitAt, pick, hang } = setup();
    const pinned = pick()!;
    for (let count = 0; count < 20; count += 1) hang(pinned);

    assert.equal(pick(), undefined);
    assert.deepEqual(waitAt, [pinned]);
  });

  it("goes past a pinned node that may not be chosen, and comes back", () => {
    const { nodes, pick } = setup();
    const pinned = pick()!;
    const other = pick(0, { among: nodes.filter((node) => node !== pinned) });

    assert.notEqual(other, pinned);
    assert.equal(pick(), pinned);
  });
});

function setup({ seed = 1, reshuffle = true } = {}) {
  return stubNodes(["a", "b", "c", "d"], new Pinned({ reshuffle, random: seededRandom(seed), now: 0 }));
}
