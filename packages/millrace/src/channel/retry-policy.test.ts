import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { abortedError, closedError, MillraceError, type TimeoutPhase } from "../base/errors.js";
import { createContext } from "../service/context.js";
import { stubBody } from "../testing/stub-body.js";
import { type Body, BytesBody, emptyBody, Fields, type HttpResponse, ProtocolError } from "../wire/index.js";
import { requestTo } from "../wire/proof/client-side.js";
import { createRetryPolicy, type RetryCondition } from "./retry-policy.js";

const all: RetryCondition[] = ["connect-failure", "reset", "timeout", "502", "503", "504"];
const refused = new MillraceError("refused", { code: "connect-failed", unsent: true });
const reset = new MillraceError("reset", { code: "connection-lost", unsent: false });
const bytes = BytesBody.ofLatin1("content");

describe("createRetryPolicy", () => {
  const errors: readonly (readonly [what: string, error: unknown, RetryCondition | undefined])[] = [
    ["a refused connection", refused, "connect-failure"],
    ["a connection too slow to come", timedOut("connect", true), "connect-failure"],
    ["a closed pool", closedError("the pool"), "connect-failure"],
    ["a broken connection", reset, "reset"],
    ["an answer too slow to come", timedOut("head", false), "timeout"],
    ["an answer that stopped", timedOut("body", false), undefined],
    ["a request that took too long", timedOut("call", false), undefined],
    ["a client that left", abortedError(), undefined],
    ["a broken answer", new ProtocolError("status-line", 502, "x"), undefined],
    ["an empty pool", new MillraceError("none", { code: "unavailable", unsent: true }), undefined],
    ["a fault of our own", new TypeError("x"), undefined],
  ];
  for (const [what, error, condition] of errors) {
    it(`${condition ? `repeats a GET after ${what} when told "${condition}"` : `never repeats after ${what}`}`, () => {
      assert.equal(retries(all, { error }), condition !== undefined);
      assert.equal(
        retries(
          all.filter((one) => one !== condition),
          { error },
        ),
        false,
      );
    });
  }

  for (const status of [502, 503, 504] as const) {
    it(`repeats a GET after ${status} only when told so`, () => {
      assert.equal(retries([`${status}`], { status }), true);
      assert.equal(retries(["connect-failure", "reset"], { status }), false);
    });
  }

  it("takes every other answer as it is", () => {
    for (const status of [200, 304, 404, 429, 500, 501, 505]) assert.equal(retries(all, { status }), false);
  });

  for (const method of ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]) {
    it(`takes ${method} for repeatable, as long as its content is at hand`, () => {
      assert.equal(retries(all, { error: reset, method, body: emptyBody }), true);
      assert.equal(retries(all, { error: reset, method, body: bytes }), true);
      assert.equal(retries(all, { error: reset, method, body: stubBody() }), false);
      assert.equal(retries(all, { status: 503, method, body: bytes }), true);
      assert.equal(retries(all, { status: 503, method, body: stubBody() }), false);
    });
  }

  for (const method of ["POST", "PATCH", "LOCK", "PROPFIND", "post", "get"]) {
    it(`never sends ${method} twice`, () => {
      assert.equal(retries(all, { error: reset, method }), false);
      assert.equal(retries(all, { error: timedOut("head", false), method, body: bytes }), false);
      assert.equal(retries(all, { status: 503, method }), false);
    });
  }

  it("sends anything again that was never sent, also a stream that nobody has read", () => {
    for (const body of [emptyBody, bytes, stubBody()]) {
      assert.equal(retries(all, { error: refused, method: "POST", body }), true);
    }
    assert.equal(retries(all, { error: refused, method: "POST", body: stubBody({ done: true }) }), false);
  });

  it("lets go of an answer that is not wanted", () => {
    let cancelled = 0;
    const policy = createRetryPolicy(all);
    policy.discard!(responseWith({ body: stubBody({ cancel: () => void (cancelled += 1) }) }));
    policy.discard!(responseWith({ body: bytes }));

    assert.equal(cancelled, 1);
  });
});

interface Attempt {
  readonly error?: unknown;
  readonly status?: number;
  readonly method?: string;
  readonly body?: Body;
}

function retries(
  on: readonly RetryCondition[],
  { error, status, method = "GET", body = emptyBody }: Attempt,
) {
  const outcome = status === undefined ? { error } : { response: responseWith({ status }) };
  return createRetryPolicy(on).shouldRetry(requestTo("/", { method, body }), outcome, createContext());
}

function timedOut(phase: TimeoutPhase, unsent: boolean): MillraceError {
  return new MillraceError("too slow", { code: "timeout", phase, unsent });
}

function responseWith(parts: Partial<HttpResponse>): HttpResponse {
  return { status: 200, reason: "OK", fields: new Fields(), body: emptyBody, ...parts };
}
