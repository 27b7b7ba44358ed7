import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createDeferred } from "../base/deferred.js";
import { faults } from "../service/fault.js";
import { settle } from "../testing/virtual-clock.js";
import type { Change } from "./discover.js";
import { discoverFrom } from "./discover-from.js";

describe("discoverFrom", () => {
  it("offers the members that the changes add up to", async () => {
    using discover = discoverFrom(
      from([
        { kind: "insert", key: "a", service: 1 },
        { kind: "insert", key: "b", service: 2, state: { weight: 2 } },
        { kind: "update", key: "b", state: { draining: true } },
        { kind: "remove", key: "a" },
      ]),
    );
    await settle();

    assert.deepEqual(keysOf(discover), ["b"]);
  });

  it("keeps its members when the source ends or fails, and reports the failure", async () => {
    const failures: unknown[] = [];
    const source = async function* (): AsyncGenerator<Change<string, number>> {
      yield { kind: "insert", key: "a", service: 1 };
      throw new Error("resolver gone");
    };
    using discover = discoverFrom(source(), (error) => failures.push(error));
    await settle();

    assert.deepEqual(keysOf(discover), ["a"]);
    assert.deepEqual(failures.map(String), ["Error: resolver gone"]);
  });

  it("reports as a fault what is thrown at the failure", async () => {
    const heard: string[] = [];
    using _ = faults.subscribe(({ where, error }) => heard.push(`${where}: ${String(error)}`));
    const source = async function* (): AsyncGenerator<Change<string, number>> {
      yield { kind: "insert", key: "a", service: 1 };
      throw new Error("resolver gone");
    };
    using discover = discoverFrom(source(), () => {
      throw new Error("a bug");
    });
    await settle();

    assert.deepEqual(keysOf(discover), ["a"]);
    assert.deepEqual(heard, ["discoverFrom.onFailure: Error: a bug"]);
  });

  it("asks the source to stop, and passes nothing more on, once disposed", async () => {
    let stopped = false;
    const next = createDeferred<IteratorResult<Change<string, number>>>();
    const source: AsyncIterable<Change<string, number>> = {
      [Symbol.asyncIterator]: () => ({
        next: () => next.promise,
        return: async () => {
          stopped = true;
          return { done: true, value: undefined };
        },
      }),
    };
    const discover = discoverFrom(source, () => assert.fail("nothing failed"));
    discover[Symbol.dispose]();
    next.resolve({ done: false, value: { kind: "insert", key: "a", service: 1 } });
    await settle();

    assert.equal(stopped, true);
    assert.deepEqual(keysOf(discover), []);
  });
});

async function* from(changes: readonly Change<string, number>[]): AsyncGenerator<Change<string, number>> {
  yield* changes;
}

function keysOf(discover: ReturnType<typeof discoverFrom<string, number>>): string[] {
  const keys: string[] = [];
  discover.subscribe((change) => keys.push(change.key))[Symbol.dispose]();
  return keys;
}
