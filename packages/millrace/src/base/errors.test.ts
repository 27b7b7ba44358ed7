import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { abortedError, closedError, isMillraceError, MillraceError } from "./errors.js";

describe("MillraceError", () => {
  it("carries what a caller needs to decide", () => {
    const cause = new Error("ECONNREFUSED");
    const error = new MillraceError("cannot connect", { code: "connect-failed", unsent: true, cause });

    assert.equal(error.name, "MillraceError");
    assert.equal(error.message, "cannot connect");
    assert.equal(error.code, "connect-failed");
    assert.equal(error.unsent, true);
    assert.equal(error.cause, cause);
  });

  it("says how long to wait, and which wait ended, where there is something to say", () => {
    const busy = new MillraceError("busy", { code: "overloaded", unsent: true, retryAfterMs: 500 });
    const slow = new MillraceError("slow", { code: "timeout", unsent: false, phase: "head" });

    assert.deepEqual([busy.retryAfterMs, busy.phase], [500, undefined]);
    assert.deepEqual([slow.retryAfterMs, slow.phase], [undefined, "head"]);
  });

  it("has no cause when it reports nobody else's failure", () => {
    assert.equal("cause" in closedError("the pool"), false);
  });
});

describe("isMillraceError", () => {
  it("recognises errors by code", () => {
    assert.equal(isMillraceError(closedError("the pool")), true);
    assert.equal(isMillraceError(closedError("the pool"), "closed"), true);
    assert.equal(isMillraceError(closedError("the pool"), "timeout"), false);
  });

  it("recognises the error of another copy of this package", () => {
    const foreign = Object.assign(new Error("closed"), {
      [Symbol.for("millrace.error")]: true,
      code: "closed",
    });

    assert.equal(isMillraceError(foreign, "closed"), true);
  });

  for (const value of [undefined, null, "closed", { code: "closed" }, new Error("closed")]) {
    it(`is false for ${value instanceof Error ? "another error" : JSON.stringify(value)}`, () => {
      assert.equal(isMillraceError(value), false);
    });
  }
});

describe("abortedError", () => {
  it("keeps the reason, and cannot promise that the peer saw nothing", () => {
    const error = abortedError("socket hung up");

    assert.deepEqual([error.code, error.unsent, error.cause], ["aborted", false, "socket hung up"]);
  });
});

describe("closedError", () => {
  it("names what is closed", () => {
    const error = closedError("the pool");

    assert.deepEqual([error.message, error.unsent], ["the pool is closed", true]);
  });
});
