import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { closedError, MillraceError } from "../base/errors.js";
import { createContext } from "../service/context.js";
import { blame } from "./blame.js";

describe("blame", () => {
  it("blames the member for what breaks, and for failures of its own", () => {
    const context = createContext();
    const lost = new MillraceError("reset", { code: "connection-lost", unsent: false });

    assert.equal(blame(lost, context), "member");
    assert.equal(blame(new Error("whatever"), context), "member");
  });

  it("blames nobody when there was no capacity on this side", () => {
    const full = new MillraceError("full", { code: "overloaded", unsent: true });

    assert.equal(blame(full, createContext()), "nobody");
    assert.equal(blame(closedError("the pool"), createContext()), "nobody");
  });

  it("blames a caller that gave up, whatever the member made of it", () => {
    const context = createContext();
    context.abort();

    assert.equal(blame(new Error("socket closed"), context), "caller");
  });

  it("blames the member when the caller waited until its time limit", () => {
    const context = createContext();
    const timeout = new MillraceError("no response", { code: "timeout", unsent: false, phase: "call" });
    context.abort(timeout);

    assert.equal(blame(timeout, context), "member");
  });
});
