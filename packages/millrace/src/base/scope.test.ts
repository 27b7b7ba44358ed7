import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Scope } from "./scope.js";

describe("Scope", () => {
  it("gives back what it takes charge of", () => {
    const thing = { [Symbol.dispose]: () => {} };

    assert.equal(new Scope().own(thing), thing);
  });

  it("closes what it owns in the reverse order, one after another", async () => {
    const { scope, closed, slow, quick } = setup();
    scope.own(slow("first"));
    scope.own(quick("second"));
    scope.defer(() => void closed.push("third"));
    await scope[Symbol.asyncDispose]();

    assert.deepEqual(closed, ["third", "second", "first"]);
  });

  it("closes but once, however often it is asked", async () => {
    const { scope, closed, quick } = setup();
    scope.own(quick("only"));
    const closing = scope[Symbol.asyncDispose]();
    assert.equal(scope[Symbol.asyncDispose](), closing);
    await closing;

    assert.deepEqual(closed, ["only"]);
  });

  it("says that closing has begun", async () => {
    const scope = new Scope();
    assert.equal(scope.closed, false);
    const closing = scope[Symbol.asyncDispose]();

    assert.equal(scope.closed, true);
    await closing;
  });

  it("closes the rest when something fails to close, and rethrows the first failure", async () => {
    const { scope, closed, quick, broken } = setup();
    scope.own(quick("below"));
    scope.own(broken("second failure"));
    scope.own(quick("between"));
    scope.own(broken("first failure"));

    await assert.rejects(scope[Symbol.asyncDispose](), /first failure/);
    assert.deepEqual(closed, ["between", "below"]);
  });

  it("works with await using", async () => {
    const { closed, quick } = setup();
    {
      await using scope = new Scope();
      scope.own(quick("inside"));
    }

    assert.deepEqual(closed, ["inside"]);
  });
});

function setup() {
  const closed: string[] = [];
  return {
    scope: new Scope(),
    closed,
    quick: (name: string): Disposable => ({ [Symbol.dispose]: () => void closed.push(name) }),
    slow: (name: string): AsyncDisposable => ({
      [Symbol.asyncDispose]: async () => {
        await Promise.resolve();
        closed.push(name);
      },
    }),
    broken: (message: string): Disposable => ({
      [Symbol.dispose]: () => {
        throw new Error(message);
      },
    }),
  };
}
