import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { abortedError, isMillraceError, MillraceError } from "../../base/errors.js";
import { createContext, deriveContext } from "../../service/context.js";
import { retry } from "../../service/middleware/retry.js";
import { stack } from "../../service/stack.js";
import { MockService } from "../../testing/mock-service.js";
import { settle, VirtualClock } from "../../testing/virtual-clock.js";
import { callOptions } from "../call/call-options.js";
import { announceRetries } from "./announce-retries.js";
import { type ClientRetryOptions, clientRetry } from "./client-retry.js";

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const lost = new MillraceError("it broke", { code: "connection-lost", unsent: false });
const endpoint = { service: "S", version: undefined, name: "e", method: "POST", path: "/e" };

describe("clientRetry", () => {
  it("C1: makes two requests for a 503 and then a 200", async () => {
    const { inner, answer, call } = setup();
    const response = call("POST");
    await answer({ status: 503 });
    await answer({ status: 200 });

    assert.equal((await response).status, 200);
    assert.equal(inner.calls.length, 2);
  });

  it("C2: lets a 404 stand, and whatever else is neither 429, 500 nor 503", async () => {
    for (const status of [302, 400, 404, 502, 504]) {
      const { inner, answer, call } = setup();
      const response = call("GET");
      await answer({ status });

      assert.equal((await response).status, status);
      assert.equal(inner.calls.length, 1);
    }
  });

  it("C3: waits as long as a 429 asks", async () => {
    const { inner, clock, answer, call } = setup({ slotMs: 0 });
    const response = call("POST");
    await answer({ status: 429, headers: { "retry-after": "1" } });
    await clock.advance(999);
    assert.equal(inner.calls.length, 1);
    await clock.advance(1);
    await answer({ status: 200 });

    assert.equal((await response).status, 200);
  });

  it("waits as long as a 503 asks, also up to a date, but no longer than the cap", async () => {
    const { inner, clock, answer, call } = setup({ slotMs: 0 });
    void call("POST");
    await answer({ status: 503, headers: { "retry-after": "Thu, 01 Jan 2026 00:00:02 GMT" } });
    await clock.advance(1_999);
    assert.equal(inner.calls.length, 1);
    await clock.advance(1);
    await answer({ status: 503, headers: { "retry-after": "3600" } });
    await clock.advance(59_999);
    assert.equal(inner.calls.length, 2);
    await clock.advance(1);

    assert.equal(inner.calls.length, 3);
  });

  it("takes an invalid Retry-After for none", async () => {
    const { inner, answer, call } = setup({ slotMs: 0 });
    void call("POST");
    await answer({ status: 429, headers: { "retry-after": "soon" } });

    assert.equal(inner.calls.length, 2);
  });

  it("C5: hands 429 and 503 on where they are to be propagated", async () => {
    for (const status of [429, 503]) {
      const { inner, answer, call } = setup({ serverQos: "Propagate429And503ToCaller" });
      const response = call("GET");
      await answer({ status, headers: { "retry-after": "1" } });

      assert.equal((await response).status, status);
      assert.equal(inner.calls.length, 1);
    }
  });

  it("C6: tries a lost connection again where 429 and 503 are to be propagated", async () => {
    const { inner, fail, answer, call } = setup({ serverQos: "Propagate429And503ToCaller" });
    const response = call("GET");
    await fail(lost);
    await answer({ status: 200 });

    assert.equal((await response).status, 200);
    assert.equal(inner.calls.length, 2);
  });

  it("C15: tries lost connections and 500 again only if the request may be sent twice", async () => {
    for (const [method, calls] of [
      ["GET", 2],
      ["POST", 1],
    ] as const) {
      const broken = setup();
      const response = broken.call(method);
      response.catch(() => {});
      await broken.fail(lost);
      assert.equal(broken.inner.calls.length, calls);

      const failed = setup();
      void failed.call(method);
      await failed.answer({ status: 500 });
      assert.equal(failed.inner.calls.length, calls);
    }
  });

  it("C15: tries again whatever was never sent", async () => {
    const { inner, fail, call } = setup();
    call("POST").catch(() => {});
    await fail(new MillraceError("no connection", { code: "connect-failed", unsent: true }));

    assert.equal(inner.calls.length, 2);
  });

  it("C15: leaves other errors alone", async () => {
    const { inner, fail, call } = setup();
    const response = call("GET");
    const rejected = assert.rejects(response, /a bug/);
    await fail(new Error("a bug"));

    await rejected;
    assert.equal(inner.calls.length, 1);
  });

  it("C15: gives up after four retries, with the last answer", async () => {
    const { inner, answer, call } = setup();
    const response = call("POST");
    for (let count = 0; count < 5; count += 1) await answer({ status: 503 });

    assert.equal((await response).status, 503);
    assert.equal(inner.calls.length, 5);
  });

  it("C15: waits for a random time up to the slot, then up to twice that, and so on", async () => {
    const delays: number[] = [];
    const { answer, call } = setup({ random: () => 0.5, onRetry: ({ delayMs }) => delays.push(delayMs) });
    void call("POST");
    for (let count = 0; count < 5; count += 1) await answer({ status: 503 });

    assert.deepEqual(delays, [125, 250, 500, 1_000]);
  });

  it("C15: sends a request again as `again` makes it, and not when that cannot be", async () => {
    const { inner, answer, call } = setup({ again: (request) => `${request} again` });
    void call("POST");
    await answer({ status: 503 });
    assert.equal(inner.last.request, "POST again");

    const used = setup({ again: () => undefined });
    const response = used.call("POST");
    await used.answer({ status: 503 });
    assert.equal((await response).status, 503);
    assert.equal(used.inner.calls.length, 1);
  });

  it("lets go of the responses it does not return", async () => {
    const discarded: number[] = [];
    const { answer, call } = setup({ discard: ({ status }) => discarded.push(status) });
    const response = call("POST");
    await answer({ status: 503 });
    await answer({ status: 429 });
    await answer({ status: 200 });

    assert.equal((await response).status, 200);
    assert.deepEqual(discarded, [503, 429]);
  });

  it("obeys a server that does not want to be tried again", async () => {
    const { inner, answer, call } = setup();
    const response = call("GET");
    await answer({ status: 503, headers: { "qos-retry-hint": "Do-Not-Retry" } });

    assert.equal((await response).status, 503);
    assert.equal(inner.calls.length, 1);
  });

  it("gives up on 429 and 503 too, where idempotency is taken strictly", async () => {
    const { inner, answer, call } = setup({ strictIdempotency: true });
    void call("POST");
    await answer({ status: 503 });
    assert.equal(inner.calls.length, 1);

    void call("GET");
    await answer({ status: 503 });
    assert.equal(inner.calls.length, 3);
  });

  it("goes by what a call says of itself", async () => {
    const { inner, answer, call, context } = setup();
    context.set(callOptions, { endpoint, idempotent: true, maxRetries: 1 });
    const response = call("POST");
    await answer({ status: 500 });
    await answer({ status: 500 });

    assert.equal((await response).status, 500);
    assert.equal(inner.calls.length, 2);
  });

  it("counts what a proxy has tried", async () => {
    const { inner, answer, call } = setup();
    const response = call("POST");
    await answer({ status: 503, headers: { "proxy-upstream-request-attempts": "3" } });
    await answer({ status: 503, headers: { "proxy-upstream-request-attempts": "2" } });

    assert.equal((await response).status, 503);
    assert.equal(inner.calls.length, 2);
  });

  it("counts attempts of its own, whatever a retry around it has tried, and says so", async () => {
    const inner = new MockService<string, Answer>();
    const clock = new VirtualClock();
    const around = retry<string, Answer>({ policy: { shouldRetry: () => true }, attempts: 2, clock });
    const own = clientRetry<string, Answer>({
      isIdempotent: () => true,
      retries: 1,
      slotMs: 0,
      random: () => 0,
      clock,
    });
    const announced = announceRetries<string, Answer>({
      withHeader: (_request, _name, value) => value,
      retries: 1,
    });
    const response = stack(around, own, announced)(inner).call("GET", createContext());
    for (let count = 0; count < 4; count += 1) {
      inner.last.respond({ status: 503 });
      await settle();
    }

    assert.equal((await response).status, 503);
    assert.deepEqual(
      inner.calls.map(({ request }) => request),
      ["true", "false", "true", "false"],
    );
  });

  it("counts what a proxy has tried apart for each attempt of a retry around it", async () => {
    const { inner, clock, service } = setup({ retries: 2 });
    const around = retry<string, Answer>({ policy: { shouldRetry: () => true }, attempts: 2, clock });
    const response = around(service).call("GET", createContext());
    const tried = { "proxy-upstream-request-attempts": "2" };
    for (const headers of [tried, {}, tried, {}]) {
      inner.last.respond({ status: 503, headers });
      await settle();
    }

    assert.equal((await response).status, 503);
    assert.equal(inner.calls.length, 4);
  });

  it("ends with the call it is made for, and lets go of it when its response is there", async () => {
    const outer = createContext();
    const { inner, service } = setup();
    const given = service.call("GET", deriveContext(outer, { attempt: 2 }));
    inner.last.respond({ status: 200 });
    await given;
    const seen = inner.last.context;
    outer.abort("gone");

    assert.equal(seen.aborted, false);
    const late = service.call("GET", deriveContext(createContext(), { attempt: 2 }));
    inner.last.fail(new Error("a bug"));
    await assert.rejects(late, /a bug/);
  });

  it("tries nothing once the caller gave up, and leaves no timer", async () => {
    const { inner, clock, call, context } = setup({ random: () => 0.5 });
    const response = call("POST");
    const rejected = assert.rejects(response, (error) => isMillraceError(error, "aborted"));
    inner.last.respond({ status: 503 });
    await settle();
    context.abort(abortedError());

    await rejected;
    assert.equal(inner.calls.length, 1);
    assert.equal(clock.pending, 0);
  });

  it("stops when the budget has nothing left", async () => {
    const budget = { deposit() {}, withdraw: () => false };
    const { inner, answer, call } = setup({ budget });
    const response = call("POST");
    await answer({ status: 503 });

    assert.equal((await response).status, 503);
    assert.equal(inner.calls.length, 1);
  });

  it("rejects options out of their range", () => {
    assert.throws(() => setup({ retries: -1 }), /clientRetry\.retries/);
    assert.throws(() => setup({ slotMs: -1 }), /clientRetry\.slotMs/);
    assert.throws(() => setup({ retryAfterCapMs: Number.NaN }), /clientRetry\.retryAfterCapMs/);
  });
});

function setup(options: Partial<ClientRetryOptions<string, Answer>> = {}) {
  const clock = new VirtualClock();
  const inner = new MockService<string, Answer>();
  const context = createContext();
  const layer = clientRetry<string, Answer>({
    isIdempotent: (request) => request === "GET",
    header: ({ headers }, name) => headers?.[name],
    random: () => 0,
    clock,
    ...options,
  });
  const service = layer(inner);
  /** Settles the call that started last, and lets the wait before the next one pass if nobody asked for it. */
  const next = async () => {
    await settle();
    if (!options.onRetry) return;
    await clock.advance(10_000);
  };
  return {
    clock,
    inner,
    context,
    service,
    call: (request: string) => service.call(request, context),
    answer(response: Answer) {
      inner.last.respond(response);
      return next();
    },
    fail(error: unknown) {
      inner.last.fail(error);
      return next();
    },
  };
}
