import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { abortedError, MillraceError } from "../../base/errors.js";
import { createContext } from "../../service/context.js";
import { type Ending, endingOf, endpointVerdict, nodeVerdict } from "./ending.js";

describe("endingOf", () => {
  const statuses: readonly [number, Ending][] = [
    [200, "good"],
    [302, "good"],
    [404, "refused"],
    [429, "throttled"],
    [500, "error"],
    [502, "unavailable"],
    [503, "unavailable"],
  ];
  for (const [status, ending] of statuses) {
    it(`takes ${status} for ${ending}`, () => {
      assert.equal(endingOf({ response: { status } }, createContext()), ending);
    });
  }

  it("takes failed input and output for a loss", () => {
    for (const code of ["connect-failed", "connection-lost", "protocol", "unavailable"] as const) {
      assert.equal(endingOf({ error: failure(code) }, createContext()), "lost");
    }
    const reset = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" });
    assert.equal(endingOf({ error: reset }, createContext()), "lost");
  });

  it("tells the limits of a connection from the caller's own", () => {
    assert.equal(endingOf({ error: failure("timeout", "head") }, createContext()), "lost");
    assert.equal(endingOf({ error: failure("timeout", "call") }, createContext()), "unsaid");
  });

  it("knows a caller that gave up", () => {
    const context = createContext();
    context.abort();
    assert.equal(endingOf({ error: abortedError() }, context), "given-up");
    assert.equal(endingOf({ error: new Error("a bug") }, createContext()), "unsaid");
  });
});

describe("verdicts of the limits", () => {
  it("C18: blames the endpoint for 429 and 500, the node for other 5xx and lost calls", () => {
    const dropped = (verdicts: Readonly<Record<Ending, string>>) =>
      Object.keys(verdicts).filter((how) => verdicts[how as Ending] === "dropped");

    assert.deepEqual(dropped(endpointVerdict), ["throttled", "error"]);
    assert.deepEqual(dropped(nodeVerdict), ["unavailable", "lost"]);
  });

  it("C18: takes any other answer for a success of both, and the rest for nothing", () => {
    for (const how of ["good", "refused"] as const) {
      assert.equal(nodeVerdict[how], "success");
      assert.equal(endpointVerdict[how], "success");
    }
    for (const how of ["given-up", "unsaid"] as const) {
      assert.equal(nodeVerdict[how], "ignored");
      assert.equal(endpointVerdict[how], "ignored");
    }
  });
});

function failure(code: MillraceError["code"], phase?: MillraceError["phase"]) {
  return new MillraceError("it failed", { code, unsent: false, phase });
}
