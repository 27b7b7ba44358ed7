import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { createContext } from "../../service/index.js";
import { MockService } from "../../testing/mock-service.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { emptyBody, Fields, type HttpRequest, type HttpResponse } from "../../wire/index.js";
import { type Echo, type Origin, openOrigin } from "../origin.test.fixture.js";
import { type Query, withQuery } from "./query.js";
import { createRequester } from "./requester.js";

describe("createRequester", () => {
  let origin: Origin;
  before(async () => (origin = await openOrigin()));
  after(() => origin[Symbol.asyncDispose]());

  const wrongQueries: readonly (readonly [query: unknown, message: RegExp])[] = [
    ["a=1", /^a query is parameters by their names, not a string$/],
    [{ a: null }, /^the parameter "a" has no text of its own: it is null$/],
    [{ a: {} }, /^the parameter "a" has no text of its own: it is of type object$/],
    [{ a: [[1]] }, /^the parameter "a" has no text of its own/],
  ];
  for (const [query, message] of wrongQueries) {
    it(`sends no query that would get lost: ${JSON.stringify(query)}`, () => {
      assert.throws(() => withQuery("/", query as Query), { name: "TypeError", message });
    });
  }

  it("sends method, path, query, fields and content", async () => {
    const request = createRequester(origin.pool, {
      base: origin.url,
      headers: { "X-All": "1", "X-Own": "no" },
    });
    const { status, fields, body } = await request("PUT", "/echo?a=1", {
      query: { b: ["2", 3], c: true, d: undefined, "e f": "&" },
      headers: { "X-Own": ["yes", "indeed"], "x-number": 7 },
      json: { hello: "wörld" },
    });
    const echo = await body.json<Echo>();

    assert.equal(status, 200);
    assert.equal(fields.get("content-type"), "application/json");
    assert.equal(echo.method, "PUT");
    assert.equal(echo.url, "/echo?a=1&b=2&b=3&c=true&e%20f=%26");
    assert.equal(echo.headers["content-type"], "application/json");
    assert.deepEqual(
      [echo.headers["x-all"], echo.headers["x-own"], echo.headers["x-number"]],
      ["1", "yes, indeed", "7"],
    );
    assert.equal(Buffer.from(echo.body, "latin1").toString(), '{"hello":"wörld"}');
  });

  it("takes any status for an answer, and follows nothing", async () => {
    const request = createRequester(origin.pool, { base: origin.url });
    const missing = await request("GET", "/nowhere");
    const moved = await request("GET", "/redirect?to=/text");

    assert.equal(missing.status, 404);
    assert.equal(await missing.body.text(), "nothing at /nowhere");
    assert.equal(moved.status, 302);
    moved.body.discard();
  });

  it("gives the content once, in whatever form is asked for", async () => {
    const request = createRequester(origin.pool, { base: origin.url });
    const get = async (path: string) => (await request("GET", path)).body;
    const parts: string[] = [];
    for await (const chunk of await get("/chunks")) parts.push(Buffer.from(chunk).toString());
    const streamed = new Response((await get("/large")).stream());

    assert.equal(parts.join(""), "one two three");
    assert.equal((await streamed.arrayBuffer()).byteLength, 300_000);
    assert.equal((await (await get("/large")).bytes()).length, 300_000);
    assert.equal(await (await get("/mark")).text(), "marked");
    assert.equal((await get("/large")).length, 300_000);
    await assert.rejects((await get("/bad-json")).json(), SyntaxError);

    const body = await get("/text");
    await body.text();
    assert.equal(body.used, true);
    await assert.rejects(body.text(), /read once/);
    assert.throws(() => body.stream(), /read once/);
    body.discard();
  });

  it("has the trailers once the content has been read", async () => {
    const request = createRequester(origin.pool, { base: origin.url });
    const answer = await request("GET", "/trailers");
    await answer.body.text();

    assert.equal(answer.trailers?.get("x-sum"), "42");
  });

  it("frees the connection of a short answer that is thrown away, and gives up a long one", async () => {
    await using own = await openOrigin((request, response) => {
      if (request.url === "/endless") response.write("begun");
      else response.end(Buffer.alloc(30_000));
    });
    const request = createRequester(own.pool, { base: own.url });
    (await request("GET", "/short")).body.discard();
    await (await request("GET", "/short")).body.bytes();
    assert.equal(own.pool.open, 1);

    for await (const _chunk of (await request("GET", "/endless")).body) break;
    assert.equal(own.pool.idle, 0);
  });

  it("refuses content that is too long, whole or arriving", async () => {
    const request = createRequester(origin.pool, { base: origin.url, maxBytes: 10 });
    for (const path of ["/json", "/large", "/chunks"]) {
      await assert.rejects((await request("GET", path)).body.text(), (error) =>
        isMillraceError(error, "too-large"),
      );
    }

    assert.equal((await (await request("GET", "/json", { maxBytes: 20 })).body.text()).length, 13);
  });

  it("bounds the call up to the last byte of its response", async () => {
    const clock = new VirtualClock();
    const inner = new MockService<HttpRequest, HttpResponse>();
    const request = createRequester(inner, { base: "http://api.test", timeoutMs: 100, clock });
    const pending = request("GET", "/");
    const failed = assert.rejects(pending, (error) => isMillraceError(error, "timeout"));
    await clock.advance(0);
    assert.equal(inner.calls[0]!.context.deadline, clock.now() + 100);
    const aborted: unknown[] = [];
    inner.calls[0]!.context.onAbort({ callAborted: (reason) => void aborted.push(reason) });
    await clock.advance(100);

    assert.ok(isMillraceError(aborted[0], "timeout"));
    await failed;
    assert.equal(clock.pending, 0);

    const other = request("GET", "/");
    await clock.advance(0);
    inner.calls[1]!.respond({ status: 204, reason: "", fields: new Fields(), body: emptyBody });
    await other;
    assert.equal(clock.pending, 0);
  });

  it("ends with its signal, and with the call it is made for", async () => {
    const request = createRequester(origin.pool, { base: origin.url });
    const controller = new AbortController();
    const context = createContext();
    const pending = [
      request("GET", "/never", { signal: controller.signal }),
      request("GET", "/never", { context }),
    ];
    const outcomes = Promise.allSettled(pending);
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new RangeError("signal"));
    context.abort(new RangeError("context"));

    assert.deepEqual(
      (await outcomes).map((outcome) => outcome.status === "rejected" && (outcome.reason as Error).message),
      ["signal", "context"],
    );
  });

  it("refuses what cannot be sent", async () => {
    const request = createRequester(origin.pool, { base: origin.url });

    await assert.rejects(request("GET", "/", { headers: { "a b": "1" } }), TypeError);
    await assert.rejects(request("POST", "/", { body: "a", json: 1 }), /a body or json/);
    await assert.rejects(request("G T", "/"), (error) => isMillraceError(error, "invalid-options"));
    await assert.rejects(request("GET", "http://other.test/"), /another origin/);
    const wrong: readonly (readonly [message: RegExp, method: unknown, path: unknown, options?: object])[] = [
      [/a method is text, not null/, null, "/"],
      [/Failed to parse URL from undefined/, "GET", undefined],
      [/a query is parameters by their names, not a string/, "GET", "/", { query: "a=b" }],
      [/the parameter "a" has no text of its own: it is null/, "GET", "/", { query: { a: null } }],
      [/the parameter "a" has no text of its own: it is of type object/, "GET", "/", { query: { a: [{}] } }],
      [/a function has no JSON/, "POST", "/", { json: () => {} }],
      [/signal is no AbortSignal/, "GET", "/", { signal: {} }],
      [/context is no CallContext/, "GET", "/", { context: {} }],
      [/request\.timeoutMs: expected a positive number, found -1/, "GET", "/", { timeoutMs: -1 }],
      [/request\.timeoutMs: expected a positive number, found "5"/, "GET", "/", { timeoutMs: "5" }],
      [/request\.maxBytes: expected a positive number, found NaN/, "GET", "/", { maxBytes: Number.NaN }],
    ];
    for (const [message, method, path, options] of wrong) {
      await assert.rejects(request(method as string, path as string, options), message);
    }
    assert.throws(
      () => createRequester(origin.pool, { headers: { "a b": "c" } }),
      /requester\.headers: expected fields that can be sent, found "a b" is no name/,
    );
    for (const base of [
      "http://ann:secret@a.test",
      "http://a.test/?key=secret",
      "http://a.test/#secret",
      "a:secret",
    ]) {
      assert.throws(
        () => createRequester(origin.pool, { base }),
        (error) =>
          isMillraceError(error, "invalid-options") &&
          error.message.startsWith("requester.base: expected an http or https URL") &&
          !error.message.includes("secret"),
      );
    }
    assert.throws(
      () => createRequester(origin.pool, { timeoutMs: 0 }),
      /requester\.timeoutMs: expected a positive number/,
    );
  });
});
