import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { abortedError, closedError, type ErrorCode, MillraceError, type TimeoutPhase } from "millrace/base";
import { ProtocolError } from "millrace/wire";
import { failureReasons } from "../ipc/report.js";
import { errorPage } from "./error-page.js";
import { failureReason } from "./failure.js";
import { requestWith } from "./messages.test.fixture.js";

const secret = "10.1.2.3:9000 ECONNREFUSED";

const cases: readonly (readonly [what: string, error: unknown, status: number, reason: string])[] = [
  ["an empty pool", failure("unavailable"), 503, "no-server"],
  ["a pool that closes", closedError(secret), 503, "no-server"],
  ["a refused connection", failure("connect-failed"), 502, "connect-failed"],
  ["a connection too slow to come", failure("timeout", "connect"), 504, "connect-timeout"],
  ["a connection never free", failure("timeout", "queue"), 504, "connect-timeout"],
  ["an answer too slow to come", failure("timeout", "head"), 504, "response-timeout"],
  ["an answer that stopped", failure("timeout", "body"), 504, "response-timeout"],
  ["a request that took too long", failure("timeout", "call"), 504, "request-timeout"],
  ["a connection that broke", failure("connection-lost"), 502, "reset"],
  ["an answer that breaks a rule", new ProtocolError("content-length", 502, secret), 502, "bad-response"],
  ["an answer beyond a limit", new ProtocolError("head-limit", 502, secret), 502, "bad-response"],
  ["a body unlike its length", failure("protocol"), 502, "bad-response"],
  ["no room", failure("overloaded"), 503, "overloaded"],
  ["no budget for a retry", failure("budget-exhausted"), 503, "overloaded"],
  ["a fault of our own", new TypeError(secret), 500, "internal"],
  ["a wrong option", failure("invalid-options"), 500, "internal"],
  ["something thrown that is no error", secret, 500, "internal"],
];

describe("errorPage", () => {
  for (const [what, error, status, reason] of cases) {
    it(`answers ${what} with ${status}, and tells nothing of the inside`, () => {
      const page = errorPage(error, requestWith());

      assert.equal(page.status, status);
      assert.equal(failureReason(error), reason);
      assert.equal(page.fields.get("content-type"), "text/plain; charset=utf-8");
      assert.match(textOf(page), new RegExp(`^${status} [A-Z][A-Za-z ]+: [a-z' ]+\\n$`));
    });
  }

  it("says when to come again with every 503, and only there", () => {
    for (const [, error, status] of cases) {
      assert.equal(errorPage(error, undefined).fields.has("retry-after"), status === 503);
    }
  });

  it("tells a client what is wrong with its own request", () => {
    const error = new ProtocolError("host", 400, "more than one Host");
    const page = errorPage(error, undefined);

    assert.equal(page.status, 400);
    assert.equal(textOf(page), "400 Bad Request: more than one Host\n");
    assert.equal(errorPage(new ProtocolError("body-limit", 413, "big"), undefined).status, 413);
    assert.equal(errorPage(new ProtocolError("head-timeout", 408, "slow"), undefined).status, 408);
  });

  it("writes JSON for those who ask for it", () => {
    const page = errorPage(failure("unavailable"), requestWith({ fields: [["Accept", "application/json"]] }));

    assert.equal(page.fields.get("content-type"), "application/json");
    assert.deepEqual(JSON.parse(textOf(page)), {
      error: "no-server",
      message: "no server is available",
      status: 503,
    });
  });

  for (const [accept, json] of [
    ["application/problem+json", true],
    ["text/plain;q=0.5, application/json;q=0.9", true],
    ["text/html, application/json", false],
    ["*/*", false],
    ["application/jsonx", false],
  ] as const) {
    it(`takes "${accept}" as a wish for ${json ? "JSON" : "text"}`, () => {
      const page = errorPage(failure("unavailable"), requestWith({ fields: [["Accept", accept]] }));

      assert.equal(page.fields.get("content-type") === "application/json", json);
    });
  }
});

describe("failureReason", () => {
  it("knows a client that left, and one that is too slow", () => {
    assert.equal(failureReason(abortedError()), "client-gone");
    assert.equal(failureReason(failure("timeout", "write")), "client-timeout");
    assert.equal(failureReason(new ProtocolError("body-timeout", 408, "")), "client-timeout");
  });

  it("knows what a client did wrong", () => {
    assert.equal(failureReason(new ProtocolError("target", 400, "")), "bad-request");
    assert.equal(failureReason(new ProtocolError("transfer-coding-unknown", 501, "")), "bad-request");
    assert.equal(failureReason(new ProtocolError("version", 505, "")), "bad-request");
    for (const [rule, status] of [
      ["request-line-limit", 414],
      ["head-limit", 431],
      ["body-limit", 413],
    ] as const) {
      assert.equal(failureReason(new ProtocolError(rule, status, "")), "too-large");
    }
  });

  it("names nothing that reports do not know", () => {
    const reasons = cases.map(([, error]) => failureReason(error));

    assert.deepEqual(
      reasons.filter((reason) => !failureReasons.includes(reason)),
      [],
    );
  });
});

function failure(code: ErrorCode, phase?: TimeoutPhase): MillraceError {
  return new MillraceError(secret, { code, phase, unsent: false, cause: new Error(secret) });
}

function textOf({ body }: ReturnType<typeof errorPage>): string {
  assert.equal(body.kind, "bytes");
  return body.kind === "bytes" ? body.text() : "";
}
