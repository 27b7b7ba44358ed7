import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { createDeferred } from "../base/deferred.js";
import { isMillraceError } from "../base/errors.js";
import { isRemoteError } from "./conjure/remote-error.js";
import { fakeNodes, jsonResponse } from "./fake-nodes.test.fixture.js";
import { openClient } from "./open-client.js";
import { clientOf, contentOf, openServer, refusedUrl } from "./server.test.fixture.js";

describe("a client with servers of node:http", () => {
  it("C1: tries again after a 503", async () => {
    await using server = await openServer((_, response, nth) =>
      response.writeHead(nth === 1 ? 503 : 200).end(),
    );
    await using client = await clientOf([server.url]);
    await client.get("/");

    assert.equal(server.requests, 2);
  });

  it("tells proxies on the way that it tries again itself, but for the last attempt", async () => {
    const heard: unknown[] = [];
    await using server = await openServer((request, response) => {
      heard.push(request.headers["client-can-retry"]);
      response.writeHead(503).end();
    });
    await using client = await clientOf([server.url], { maxRetries: 1 });
    await assert.rejects(client.get("/"), { status: 503 });

    assert.deepEqual(heard, ["true", "false"]);
  });

  it("C2: does not try again after a 404, and tells the status", async () => {
    await using server = await openServer((_, response) => response.writeHead(404).end("no such thing"));
    await using client = await clientOf([server.url]);

    await assert.rejects(client.get("/widgets/{id}", { path: { id: 1 } }), (error) => {
      assert.ok(isRemoteError(error, "failed"));
      assert.deepEqual([error.status, error.text], [404, "no such thing"]);
      assert.equal(error.message, "GET /widgets/{id} answered 404");
      return true;
    });
    assert.equal(server.requests, 1);
  });

  it("C4: sends a streamed body to the next node when the first cannot be reached", async () => {
    await using server = await openServer(async (request, response) => {
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify(await contentOf(request)));
    });
    const uris = [await refusedUrl(), server.url];
    for (let calls = 0; calls < 4; calls += 1) {
      await using client = await clientOf(uris, { nodeSelection: "PIN_UNTIL_ERROR" });
      assert.equal(await client.post("/", { content: chunks("a", "b") }), "ab");
    }

    assert.equal(server.requests, 4);
  });

  it("C4: sends a streamed body to the next node when TLS with the first cannot be agreed on", async () => {
    await using plain = await openServer(() => assert.fail("it speaks no TLS"));
    await using server = await openServer(async (request, response) =>
      response.end(await contentOf(request)),
    );
    const uris = [plain.url.replace("http:", "https:"), server.url];
    for (let calls = 0; calls < 4; calls += 1) {
      await using client = await clientOf(uris, { nodeSelection: "PIN_UNTIL_ERROR" });
      const { body } = await client.request("POST", "/", { content: chunks("a", "b") });
      assert.equal(await body.text(), "ab");
    }
  });

  it("C5: passes 429 and 503 on to the caller who wants them", async () => {
    const answers: readonly (readonly [number, Record<string, string>])[] = [
      [429, {}],
      [429, { "Retry-After": "100" }],
      [503, {}],
    ];
    await using server = await openServer((_, response, nth) =>
      response.writeHead(...answers[nth - 1]!).end(),
    );
    await using client = await clientOf([server.url], { serverQos: "Propagate429And503ToCaller" });
    const heard: unknown[] = [];
    for (let calls = 0; calls < 3; calls += 1) {
      const error: unknown = await client.get("/").catch((thrown: unknown) => thrown);
      assert.ok(isRemoteError(error));
      heard.push([error.code, error.retryAfterMs, error.propagates]);
    }

    assert.deepEqual(heard, [
      ["throttled", undefined, true],
      ["throttled", 100_000, true],
      ["unavailable", undefined, true],
    ]);
    assert.equal(server.requests, 3);
  });

  it("C6: still tries again after a hang-up when 429 and 503 are passed on", async () => {
    await using server = await openServer((request, response, nth) => {
      if (nth === 1) request.socket.destroy();
      else response.end();
    });
    await using client = await clientOf([server.url], { serverQos: "Propagate429And503ToCaller" });
    await client.get("/");

    assert.equal(server.requests, 2);
  });

  it("C7: tries a single node again that has just failed, though it cools down", async () => {
    await using server = await openServer((_, response, nth) =>
      response.writeHead(nth === 1 ? 503 : 200).end(),
    );
    await using client = await clientOf([server.url], { failedUrlCooldownMs: 60_000 });
    await client.get("/");

    assert.equal(server.requests, 2);
  });

  it("C8: stops sending when the server answers early, and gives the answer", async () => {
    await using server = await openServer((_, response) => response.writeHead(413).end());
    await using client = await clientOf([server.url]);
    const stopped = createDeferred();
    async function* endless() {
      try {
        for (;;) {
          yield Buffer.alloc(64 * 1024);
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        stopped.resolve();
      }
    }

    await assert.rejects(client.post("/", { content: endless() }), { name: "RemoteError", status: 413 });
    await stopped.promise;
  });

  it("C8: tells what went wrong with a body that could not be sent", async () => {
    await using server = await openServer((request) => void request.resume());
    await using client = await clientOf([server.url]);
    async function* broken() {
      yield Buffer.from("a");
      throw new Error("the source is gone");
    }

    await assert.rejects(client.post("/", { content: broken() }), /the source is gone/);
  });

  it("C8: gives an answer that came before the body broke", async () => {
    await using server = await openServer((request, response) => {
      request.once("data", () => response.end("early"));
    });
    await using client = await clientOf([server.url]);
    const answered = createDeferred();
    async function* broken() {
      yield Buffer.from("a");
      await answered.promise;
      throw new Error("the source is gone");
    }
    const { status, body } = await client.request("POST", "/", { content: broken() });
    answered.resolve();

    assert.deepEqual([status, await body.text()], [200, "early"]);
  });

  it("C10: asks for compressed answers, and decodes them", async () => {
    const text = JSON.stringify("compressed ".repeat(1_000));
    await using server = await openServer((request, response) => {
      assert.match(request.headers["accept-encoding"] ?? "", /gzip/);
      response.writeHead(200, { "Content-Type": "application/json", "Content-Encoding": "gzip" });
      response.end(gzipSync(text));
    });
    await using client = await clientOf([server.url]);

    assert.equal(JSON.stringify(await client.get("/")), text);
  });

  it("C24: asks for the codings that the caller wants, and decodes what comes all the same", async () => {
    const packed = gzipSync("packed");
    const asked: unknown[] = [];
    await using server = await openServer((request, response) => {
      asked.push(request.headers["accept-encoding"]);
      response.writeHead(200, { "Content-Encoding": "gzip", "Content-Length": packed.length }).end(packed);
    });
    await using client = await clientOf([server.url]);
    const answer = await client.request("GET", "/", { headers: { "Accept-Encoding": "gzip;q=0.5" } });

    assert.deepEqual(asked, ["gzip;q=0.5"]);
    assert.equal(await answer.body.text(), "packed");
    assert.equal(answer.fields.get("content-length"), undefined);
  });

  it("C12: says so when a body is read past its end", async () => {
    await using server = await openServer((_, response) => response.end("abc"));
    await using client = await clientOf([server.url]);
    const { body } = await client.request("GET", "/");
    const reader = body[Symbol.asyncIterator]();
    assert.equal(Buffer.from((await reader.next()).value as Uint8Array).toString(), "abc");
    assert.equal((await reader.next()).done, true);
    assert.equal((await reader.next()).done, true);

    await assert.rejects(body.text(), TypeError);
  });

  it("C13: calls a mesh once", async () => {
    await using server = await openServer((_, response) => response.writeHead(503).end());
    await using client = await clientOf([server.url.replace("http:", "mesh-http:")]);

    await assert.rejects(client.get("/"), { status: 503 });
    assert.equal(server.requests, 1);
  });

  it("C14: frames no content where there is none, and whole content by its length", async () => {
    await using server = await openServer(async (request, response) => {
      const { "content-length": length, "transfer-encoding": encoding } = request.headers;
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify([length ?? null, encoding ?? null, await contentOf(request)]));
    });
    await using client = await clientOf([server.url]);

    assert.deepEqual(await client.get("/"), [null, null, ""]);
    assert.deepEqual(await client.delete("/"), [null, null, ""]);
    assert.deepEqual(await client.post("/"), [null, null, ""]);
    assert.deepEqual(await client.put("/"), [null, null, ""]);
    assert.deepEqual(await client.post("/", { content: "" }), ["0", null, ""]);
    assert.deepEqual(await client.put("/", { body: { a: 1 } }), ["7", null, '{"a":1}']);
    assert.deepEqual(await client.put("/", { content: chunks("a", "b") }), [null, "chunked", "ab"]);
  });

  it("C21: gives up a server that does not answer in time, and not one that takes a little less", async () => {
    const held: { end(text?: string): void }[] = [];
    await using server = await openServer((_, response, nth) => {
      if (nth === 1) held.push(response);
      else setTimeout(() => response.end(), 100);
    });
    await using client = await clientOf([server.url], { readTimeoutMs: 400, maxRetries: 0 });

    await assert.rejects(
      client.get("/"),
      (error) => isMillraceError(error, "timeout") && error.phase === "head" && /400 ms/.test(error.message),
    );
    await client.get("/");
    assert.equal(held.length, 1);
  });

  it("C21: gives up a server that falls silent in the middle of a body", async () => {
    await using server = await openServer((_, response) => void response.write("half"));
    await using client = await clientOf([server.url], { readTimeoutMs: 300 });
    const { body } = await client.request("GET", "/");

    await assert.rejects(
      body.text(),
      (error) => isMillraceError(error, "timeout") && error.phase === "body" && /300 ms/.test(error.message),
    );
  });

  it("ends a call at its request timeout while its body is read", async () => {
    await using server = await openServer((_, response) => void response.write("half"));
    await using client = await clientOf([server.url], { requestTimeoutMs: 300 });
    const { body } = await client.request("GET", "/");

    await assert.rejects(body.text(), (error) => isMillraceError(error, "timeout") && error.phase === "call");
  });

  it("C21: gives up a server that takes nothing of a request", async () => {
    await using server = await openServer((request) => void request.pause());
    await using client = await clientOf([server.url], { writeTimeoutMs: 300 });
    async function* endless() {
      for (;;) yield Buffer.alloc(256 * 1024);
    }

    await assert.rejects(
      client.post("/", { content: endless() }),
      (error) => isMillraceError(error, "timeout") && error.phase === "write" && /300 ms/.test(error.message),
    );
  });

  it("C25: joins the node's path and the request's with one slash", async () => {
    await using server = await openServer((request, response) => response.end(JSON.stringify(request.url)));
    for (const base of ["", "/", "/api", "/api/"]) {
      await using client = await clientOf([server.url + base]);
      assert.equal(await client.get("/a#b"), `${base.replace(/\/$/, "")}/a%23b`);
    }
  });

  it("gives callers of fetch every status as a response", async () => {
    await using server = await openServer((_, response) => response.writeHead(404).end("none"));
    await using client = await clientOf([server.url]);
    const response = await client.fetch("/widgets");

    assert.deepEqual([response.status, await response.text()], [404, "none"]);
  });

  it("closes when it is told to, after the calls under way", async () => {
    await using server = await openServer((_, response) => void setTimeout(() => response.end("1"), 50));
    const client = await clientOf([server.url]);
    const answer = client.get("/");
    await once(server.server, "request");
    await client.close();

    assert.equal(await answer, 1);
    await assert.rejects(client.get("/"), (error) => isMillraceError(error, "closed"));
  });
});

describe("a client on a virtual clock", () => {
  it("C3: waits as long as Retry-After of a 429 says", async () => {
    let requests = 0;
    const nodes = fakeNodes(() => {
      requests += 1;
      return requests === 1 ? jsonResponse(429, {}, { "Retry-After": "1" }) : jsonResponse(200, "ok");
    });
    await using client = await openClient({ ...nodes.options, service: "a", uris: ["http://one"] });
    const answer = client.get("/");
    await nodes.clock.advance(999);
    assert.equal(requests, 1);
    await nodes.clock.advance(1);

    assert.equal(await answer, "ok");
    assert.equal(requests, 2);
  });

  it("takes what is no time to wait for none that was asked for", async () => {
    for (const value of ["-1", "soon", "1.5", "99999999999999999999", ""]) {
      let requests = 0;
      const nodes = fakeNodes(() => {
        requests += 1;
        return requests === 1 ? jsonResponse(429, {}, { "Retry-After": value }) : jsonResponse(200, "ok");
      });
      await using client = await openClient({ ...nodes.options, service: "a", uris: ["http://one"] });
      const answer = client.get("/");
      await nodes.clock.advance(250);

      assert.equal(await answer, "ok", value);
    }
  });
});

async function* chunks(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}
