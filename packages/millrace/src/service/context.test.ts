import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { isMillraceError } from "../base/errors.js";
import {
  type AbortListener,
  type CallContext,
  createContext,
  createContextKey,
  deriveContext,
} from "./context.js";

describe("createContext", () => {
  it("starts a first attempt without a deadline", () => {
    const context = createContext();

    assert.deepEqual([context.aborted, context.reason], [false, undefined]);
    assert.deepEqual([context.attempt, context.deadline], [1, Infinity]);
    assert.equal(context.origin, context);
  });

  it("aborts with a reason, once", () => {
    const context = createContext();
    context.abort("first");
    context.abort("second");

    assert.deepEqual([context.aborted, context.reason], [true, "first"]);
  });

  it("aborts as given up when no reason is named", () => {
    const context = createContext();
    context.abort();

    assert.ok(isMillraceError(context.reason, "aborted"));
  });

  it("has a signal that aborts with it, whether it was asked for before or after", () => {
    const before = createContext();
    const early = before.signal;
    before.abort("gone");
    const after = createContext();
    after.abort("gone");

    assert.deepEqual([early.aborted, early.reason], [true, "gone"]);
    assert.deepEqual([after.signal.aborted, after.signal.reason], [true, "gone"]);
    assert.equal(before.signal, early);
  });

  it("follows a signal until it is released", () => {
    const outer = new AbortController();
    const followed = createContext({ signal: outer.signal });
    const released = createContext({ signal: outer.signal });
    released.release();
    outer.abort("closing");

    assert.deepEqual([followed.aborted, followed.reason], [true, "closing"]);
    assert.equal(released.aborted, false);
    assert.equal(getEventListeners(outer.signal, "abort").length, 0);
  });

  it("is aborted from the start by a signal that is", () => {
    assert.equal(createContext({ signal: AbortSignal.abort("before") }).reason, "before");
  });
});

describe("CallContext.onAbort", () => {
  it("tells every listener, in the order they came", () => {
    const { context, listener, heard } = setup();
    for (const name of ["a", "b", "c"]) context.onAbort(listener(name));
    context.abort("gone");

    assert.deepEqual(heard, ["a gone", "b gone", "c gone"]);
  });

  it("tells a listener that comes too late at once", () => {
    const { context, listener, heard } = setup();
    context.abort("gone");
    context.onAbort(listener("late"));

    assert.deepEqual(heard, ["late gone"]);
  });

  it("forgets listeners that are taken back, whichever they are", () => {
    const { context, listener, heard } = setup();
    const [a, b, c] = ["a", "b", "c"].map(listener) as [AbortListener, AbortListener, AbortListener];
    for (const each of [a, b, c]) context.onAbort(each);
    context.offAbort(a);
    context.offAbort(c);
    context.offAbort(listener("stranger"));
    context.abort("gone");

    assert.deepEqual(heard, ["b gone"]);
  });

  it("does not tell a listener that another takes back on hearing", () => {
    const { context, listener, heard } = setup();
    const second = listener("second");
    context.onAbort({ callAborted: () => context.offAbort(second) });
    context.onAbort(second);
    context.abort("gone");

    assert.deepEqual(heard, []);
  });
});

describe("deriveContext", () => {
  it("takes after its parent except where told otherwise", () => {
    const parent = createContext({ deadline: 100, attempt: 2 });
    const same = deriveContext(parent);
    const other = deriveContext(parent, { deadline: 50, attempt: 3 });

    assert.deepEqual([same.deadline, same.attempt], [100, 2]);
    assert.deepEqual([other.deadline, other.attempt], [50, 3]);
  });

  it("aborts with its parent, and alone", () => {
    const parent = createContext();
    const alone = deriveContext(parent);
    const child = deriveContext(parent);
    alone.abort("own reason");
    assert.equal(parent.aborted, false);

    parent.abort("gone");
    assert.deepEqual([alone.reason, child.reason], ["own reason", "gone"]);
  });

  it("is aborted from the start when its parent is", () => {
    const parent = createContext();
    parent.abort("gone");

    assert.equal(deriveContext(parent).reason, "gone");
  });

  it("follows its parent no longer once released", () => {
    const parent = createContext();
    const child = deriveContext(parent);
    child.release();
    child.release();
    parent.abort("gone");

    assert.equal(child.aborted, false);
  });

  it("knows the context its call began with", () => {
    const origin = createContext();

    assert.equal(deriveContext(deriveContext(origin)).origin, origin);
  });

  it("can begin a call of its own for another one, with which it ends", () => {
    const outer = createContext({ attempt: 3, deadline: 5 });
    const own = deriveContext(outer, { beginsCall: true });
    outer.abort("gone");

    assert.equal(own.origin, own);
    assert.deepEqual([own.attempt, own.deadline, own.reason], [1, 5, "gone"]);
  });
});

describe("attachments", () => {
  const color = createContextKey<string>("test.color");
  const size = createContextKey<number>("test.size");

  it("are seen here and in what derives from here, not above", () => {
    const parent = createContext();
    const child = deriveContext(parent);
    child.set(color, "red");

    assert.equal(deriveContext(child).get(color), "red");
    assert.equal(parent.get(color), undefined);
  });

  it("are seen in contexts derived before they were set", () => {
    const parent = createContext();
    const child = deriveContext(parent);
    parent.set(size, 3);

    assert.equal(child.get(size), 3);
  });

  it("can be replaced, and hidden from below without being changed above", () => {
    const parent = createContext();
    parent.set(color, "red");
    parent.set(size, 1);
    parent.set(color, "green");
    const child = deriveContext(parent);
    child.set(color, "blue");

    assert.deepEqual([parent.get(color), parent.get(size)], ["green", 1]);
    assert.deepEqual([child.get(color), child.get(size)], ["blue", 1]);
  });

  it("do not mix keys of one description", () => {
    const context: CallContext = createContext();
    context.set(createContextKey<string>("test.color"), "red");

    assert.equal(context.get(color), undefined);
  });

  it("have the type of their key", () => {
    const context = createContext();
    context.set(size, 3);
    // @ts-expect-error a number is not a string
    context.set(color, 3);
    // @ts-expect-error the attachment may be missing
    const wrong: number = context.get(size);

    assert.equal(wrong, 3);
  });
});

function setup() {
  const heard: string[] = [];
  const listener = (name: string): AbortListener => ({
    callAborted: (reason) => void heard.push(`${name} ${String(reason)}`),
  });
  return { context: createContext(), heard, listener };
}
