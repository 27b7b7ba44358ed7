import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { PermitLine, type PermitWaiter } from "./permit-line.js";

describe("PermitLine", () => {
  it("C18: grants what there is, then makes others wait in the order they came", () => {
    const { line, granted, ask } = setup(2);
    for (const name of ["a", "b", "c", "d"]) ask(name);
    assert.deepEqual(granted, ["a", "b"]);
    line.give();
    line.give();

    assert.deepEqual(granted, ["a", "b", "c", "d"]);
    assert.equal(line.taken, 2);
  });

  for (const leaves of ["head", "middle", "tail"]) {
    it(`C18: passes over one that left from the ${leaves} of the line`, () => {
      const { line, granted, ask, leave } = setup(1);
      for (const name of ["first", "head", "middle", "tail"]) ask(name);
      leave(leaves);
      for (let count = 0; count < 3; count += 1) line.give();

      assert.deepEqual(
        granted,
        ["first", "head", "middle", "tail"].filter((name) => name !== leaves),
      );
      assert.equal(line.waiting, 0);
    });
  }

  it("C18: lets in as many as permits are added", () => {
    const { line, granted, ask } = setup(1);
    for (const name of ["a", "b", "c", "d"]) ask(name);
    line.total += 2;

    assert.deepEqual(granted, ["a", "b", "c"]);
  });

  it("C18: owes permits after some were removed, and grants none before they are back", () => {
    const { line, granted, ask } = setup(3);
    for (const name of ["a", "b", "c", "d"]) ask(name);
    line.total = 1;
    line.give();
    line.give();
    assert.deepEqual(granted, ["a", "b", "c"]);
    line.give();

    assert.deepEqual(granted, ["a", "b", "c", "d"]);
  });

  it("lets nobody pass those who wait, though permits are free for a moment", () => {
    const { line, ask } = setup(1);
    ask("a");
    const late: boolean[] = [];
    line.join({ granted: () => void late.push(line.tryTake()) });
    line.join({ granted: () => {} });
    line.total = 2;

    assert.deepEqual(late, [false]);
  });

  it("C18: under any traffic grants in order, never beyond the limit, and loses no waiter", () => {
    const step = fc.oneof(
      fc.constant("ask" as const),
      fc.constant("give" as const),
      fc.nat(100).map((which) => ({ leave: which })),
      fc.integer({ min: 1, max: 6 }).map((total) => ({ total })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { line, granted, ask, leave, waiting } = setup(2, (l) => assert.ok(l.taken <= l.total));
        let count = 0;
        for (const next of steps) {
          if (next === "ask") ask(String(count++).padStart(3, "0"));
          else if (next === "give") {
            if (line.taken > 0) line.give();
          } else if ("total" in next) line.total = next.total;
          else if (waiting.length > 0) leave(waiting[next.leave % waiting.length]!);
          assert.deepEqual(granted, [...granted].sort());
          assert.equal(line.waiting, waiting.length);
          assert.ok(waiting.length === 0 || line.taken >= line.total, "somebody waits for nothing");
        }
      }),
    );
  });
});

/** A line whose waiters have names; `onGrant` looks at it each time one is let in. */
function setup(total: number, onGrant: (line: PermitLine) => void = () => {}) {
  const line = new PermitLine(total);
  const granted: string[] = [];
  const waiting: string[] = [];
  const waiters = new Map<string, PermitWaiter>();
  const letIn = (name: string) => {
    onGrant(line);
    granted.push(name);
  };
  const ask = (name: string) => {
    if (line.tryTake()) return letIn(name);
    const waiter = {
      granted: () => {
        waiting.splice(waiting.indexOf(name), 1);
        letIn(name);
      },
    };
    waiting.push(name);
    waiters.set(name, waiter);
    line.join(waiter);
  };
  const leave = (name: string) => {
    waiting.splice(waiting.indexOf(name), 1);
    line.leave(waiters.get(name)!);
  };
  return { line, granted, waiting, ask, leave };
}
