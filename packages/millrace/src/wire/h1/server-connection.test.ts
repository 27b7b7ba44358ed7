import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createDeferred } from "../../base/deferred.js";
import { stubBody } from "../../testing/stub-body.js";
import { BytesBody, emptyBody, readAll, type StreamBody } from "../http/body.js";
import { Fields } from "../http/fields.js";
import type { HttpRequest, HttpResponse } from "../http/message.js";
import { finalStatuses, respond, serveInMemory } from "../proof/server-side.js";

const get = (path = "/", ...lines: string[]) =>
  `${[`GET ${path} HTTP/1.1`, "Host: a", ...lines].join("\r\n")}\r\n\r\n`;
const old = (...lines: string[]) => `${["GET / HTTP/1.0", ...lines].join("\r\n")}\r\n\r\n`;
const post = (content: string, ...lines: string[]) =>
  `${["POST / HTTP/1.1", "Host: a", ...lines].join("\r\n")}\r\n\r\n${content}`;
const chunkedPost = (coded: string, ...lines: string[]) =>
  post(coded, "Transfer-Encoding: chunked", ...lines);
const text = (content: string) => BytesBody.ofText(content);

describe("ServerConnection", () => {
  it("answers requests that were sent ahead in their order, one at a time", async () => {
    const calls: string[] = [];
    const waiting = [createDeferred<HttpResponse>(), createDeferred<HttpResponse>()];
    const side = serveInMemory((request) => {
      calls.push(request.target.path);
      return waiting[calls.length - 1]!.promise;
    });
    side.client.send(get("/1") + get("/2"));
    await side.clock.advance(0);
    assert.deepEqual(calls, ["/1"]);

    waiting[0]!.resolve(respond(200, text("one")));
    waiting[1]!.resolve(respond(201, text("two")));
    await side.clock.advance(0);

    assert.match(
      side.client.text,
      /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\noneHTTP\/1\.1 201 Created\r\n[\s\S]*\r\n\r\ntwo$/,
    );
  });

  it("writes date, length and nothing that it was not given", async () => {
    const side = serveInMemory(() => respond(200, text("hi"), Fields.from([["X", "y"]])));
    side.client.send(get());
    await side.clock.advance(0);

    assert.equal(
      side.client.text,
      "HTTP/1.1 200 OK\r\nX: y\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: 2\r\n\r\nhi",
    );
  });

  it("keeps a connection of HTTP/1.0 only when asked to, and says so", async () => {
    const side = serveInMemory(() => respond(200));
    side.client.send(old("Connection: keep-alive"));
    await side.clock.advance(0);
    assert.match(side.client.take(), /Connection: keep-alive\r\n/);

    side.client.send(old());
    await side.clock.advance(0);

    assert.match(side.client.text, /Connection: close\r\n/);
    assert.equal(side.client.over, true);
  });

  it("ends a stream of unknown length to HTTP/1.0 by closing, and to HTTP/1.1 in chunks", async () => {
    const side = serveInMemory(echo);
    side.client.send(chunkedPost("3\r\nabc\r\n"));
    await side.clock.advance(0);
    side.client.send("0\r\n\r\n");
    await side.clock.advance(0);
    assert.match(side.client.text, /Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n$/);

    const elder = serveInMemory(() => respond(200, stream(["abc", "def"])));
    elder.client.send(old("Connection: keep-alive"));
    await elder.clock.advance(0);

    assert.doesNotMatch(elder.client.text, /Transfer-Encoding/);
    assert.match(elder.client.text, /Connection: close\r\n\r\nabcdef$/);
    assert.equal(elder.client.over, true);
  });

  it("sends no content where there must be none", async () => {
    const answers: [request: string, status: number, head: RegExp][] = [
      ["HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", 200, /Content-Length: 2\r\n\r\n$/],
      [get(), 204, /^HTTP\/1\.1 204 No Content\r\nDate: [^\r]*\r\n\r\n$/],
      [get(), 304, /^HTTP\/1\.1 304 Not Modified\r\n[\s\S]*\r\n\r\n$/],
      [get(), 205, /Content-Length: 0\r\n\r\n$/],
    ];
    for (const [request, status, head] of answers) {
      const side = serveInMemory(() => respond(status, text("no")));
      side.client.send(request + get("/next"));
      await side.clock.advance(0);

      const first = side.client.text.slice(0, side.client.text.indexOf("\r\n\r\n") + 4);
      assert.match(first, head, String(status));
      assert.ok(side.client.text.slice(first.length).startsWith(`HTTP/1.1 ${status} `), String(status));
    }
  });

  it("tells the length of content that HEAD leaves out, as the service told it", async () => {
    const side = serveInMemory(() => respond(200, emptyBody, Fields.from([["Content-Length", "12345"]])));
    side.client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    await side.clock.advance(0);

    assert.match(side.client.text, /Content-Length: 12345\r\n/);
  });

  it("writes its own framing, whatever the service's fields say", async () => {
    const lies = Fields.from([
      ["Content-Length", "99"],
      ["Transfer-Encoding", "chunked"],
      ["Connection", "x"],
      ["Keep-Alive", "timeout=1"],
      ["Upgrade", "y"],
    ]);
    const side = serveInMemory(() => respond(200, text("hi"), lies));
    side.client.send(get());
    await side.clock.advance(0);

    assert.equal(
      side.client.text.replace(/Date: [^\r]*/, "Date: D"),
      "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Length: 2\r\n\r\nhi",
    );
  });

  it("closes when the service says so", async () => {
    const side = serveInMemory(() => respond(200, emptyBody, Fields.from([["Connection", "close"]])));
    side.client.send(get() + get());
    await side.clock.advance(0);

    assert.deepEqual(finalStatuses(side.client.text), [200]);
    assert.match(side.client.text, /Connection: close/);
    assert.equal(side.client.over, true);
  });

  it("asks for content once, when the service wants it", async () => {
    const wanted = createDeferred<undefined>();
    const side = serveInMemory(async (request) => {
      await wanted.promise;
      return respond(200, BytesBody.of(await readAll(request.body)));
    });
    side.client.send(post("", "Expect: 100-continue", "Content-Length: 2"));
    await side.clock.advance(0);
    assert.equal(side.client.text, "");

    wanted.resolve(undefined);
    await side.clock.advance(0);
    assert.equal(side.client.take(), "HTTP/1.1 100 Continue\r\n\r\n");
    side.client.send("o");
    await side.clock.advance(0);
    side.client.send("k");
    await side.clock.advance(0);

    assert.match(side.client.text, /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nok$/);
  });

  it("refuses content without asking for it when the service does not want it, and closes", async () => {
    const side = serveInMemory(() => respond(403));
    side.client.send(post("", "Expect: 100-continue", "Content-Length: 2"));
    await side.clock.advance(0);

    assert.match(side.client.text, /^HTTP\/1\.1 403 Forbidden\r\n[\s\S]*Connection: close\r\n\r\n$/);
    assert.equal(side.client.over, true);
  });

  it("does not ask HTTP/1.0 for content, nor a client that has begun to send it", async () => {
    const side = serveInMemory(echoWhole);
    side.client.send(
      "POST / HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
    );
    await side.clock.advance(0);
    assert.equal(side.client.text, "");
    side.client.send(`ok${post("o", "Expect: 100-continue", "Content-Length: 2")}`);
    await side.clock.advance(0);
    side.client.send("k");
    await side.clock.advance(0);

    assert.doesNotMatch(side.client.text, /100 Continue/);
    assert.deepEqual(finalStatuses(side.client.text), [200, 200]);
  });

  it("passes interim responses on, but not to HTTP/1.0 and not after the response", async () => {
    let late: HttpRequest["onInterim"];
    const hints = { status: 103, fields: Fields.from([["Link", "</a>"]]) };
    const side = serveInMemory((request) => {
      late = request.onInterim;
      request.onInterim?.(hints);
      return respond(200);
    });
    side.client.send(get());
    await side.clock.advance(0);
    late!(hints);
    assert.match(
      side.client.take(),
      /^HTTP\/1\.1 103 \r\nLink: <\/a>\r\n\r\nHTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n$/,
    );

    side.client.send(old());
    await side.clock.advance(0);

    assert.match(side.client.text, /^HTTP\/1\.1 200 OK/);
  });

  it("streams an echo while the request still arrives", async () => {
    const side = serveInMemory(echo);
    side.client.send(chunkedPost("3\r\nabc\r\n"));
    await side.clock.advance(0);
    assert.match(side.client.text, /\r\n\r\n3\r\nabc\r\n$/);
    side.client.send("3\r\ndef\r\n0\r\n\r\n");
    await side.clock.advance(0);
    assert.match(side.client.text, /3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n$/);

    side.client.send(get("/next"));
    await side.clock.advance(0);

    assert.equal(side.exchanges.length, 2);
  });

  it("closes after an early answer, and takes no request out of what still comes", async () => {
    const side = serveInMemory(() => respond(413, text("too much")));
    side.client.send(post("abc", "Content-Length: 100"));
    await side.clock.advance(0);
    assert.match(side.client.text, /^HTTP\/1\.1 413 [\s\S]*Connection: close\r\n[\s\S]*too much$/);
    side.client.send(get("/smuggled"));
    await side.clock.advance(0);

    assert.equal(side.exchanges.length, 1);
    assert.equal(side.client.over, true);
  });

  it("still answers clients that have closed their sending side, each request they sent", async () => {
    const answer = createDeferred<undefined>();
    const side = serveInMemory(async () => {
      await answer.promise;
      return respond(200);
    });
    side.client.send(get() + get() + get());
    side.client.stream.end();
    await side.clock.advance(0);
    answer.resolve(undefined);
    await side.clock.advance(0);

    assert.deepEqual(finalStatuses(side.client.text), [200, 200, 200]);
    assert.equal(side.client.gone, true);
    assert.equal(side.closed, 1);
  });

  it("refuses half a head behind whole requests when the client sends no more", async () => {
    const side = serveInMemory(() => respond(200));
    side.client.send(`${get()}GET /half`);
    side.client.stream.end();
    await side.clock.advance(0);

    assert.deepEqual(finalStatuses(side.client.text), [200, 400]);
    assert.equal(side.refused[0]?.rule, "truncated");
  });

  it("keeps pipelined requests within bounds while one is served", async () => {
    const answer = createDeferred<HttpResponse>();
    const side = serveInMemory(() => answer.promise, { stream: { capacityBytes: 16_384 } });
    side.client.send(get("/".padEnd(1_000, "x")).repeat(1_000));
    await side.clock.advance(0);
    assert.equal(side.near.paused, true);
    assert.ok(side.client.stream.queued > 800_000, "the rest waits with the client");
    answer.resolve(respond(200));
    await side.clock.advance(0);
    await side.clock.advance(0);

    assert.equal(side.exchanges.length, 1_000);
    assert.equal(finalStatuses(side.client.text).length, 1_000);
  });

  it("looks at no further request while responses queue up for a client that does not read", async () => {
    let served = 0;
    const side = serveInMemory(() => {
      served += 1;
      return respond(200, BytesBody.of(Buffer.alloc(32_768)));
    });
    side.client.stream.pause();
    side.client.send(get().repeat(100));
    await side.clock.advance(0);
    assert.ok(served < 8, `${served} served`);
    side.client.stream.resume();
    await side.clock.advance(0);
    await side.clock.advance(0);

    assert.equal(served, 100);
    assert.equal(side.exchanges.length, 100);
  });

  it("answers 500 for a service that rejects or throws, and goes on", async () => {
    const side = serveInMemory((request) => {
      if (request.target.path === "/1") throw new Error("a secret");
      return Promise.reject(new Error("another"));
    });
    side.client.send(get("/1") + get("/2"));
    await side.clock.advance(0);

    assert.deepEqual(finalStatuses(side.client.text), [500, 500]);
    assert.doesNotMatch(side.client.text, /secret|another/);
    assert.equal(side.client.over, false);
  });

  it("answers 500 for responses that cannot be sent", async () => {
    const bad: HttpResponse[] = [
      respond(100),
      respond(103),
      respond(101),
      respond(99),
      respond(1_000),
      respond(200.5),
      respond(Number.NaN),
      { ...respond(200), reason: "a\r\nSet-Cookie: b" },
    ];
    for (const response of bad) {
      const side = serveInMemory(() => response);
      side.client.send(get());
      await side.clock.advance(0);

      assert.deepEqual(finalStatuses(side.client.text), [500], `${response.status} ${response.reason}`);
      assert.doesNotMatch(side.client.text, /\nSet-Cookie/);
    }
  });

  it("passes trailers both ways, and sends them only where they are welcome", async () => {
    const side = serveInMemory(echo);
    side.client.send(chunkedPost("1\r\nx\r\n0\r\nSum: 1\r\n\r\n"));
    await side.clock.advance(0);
    assert.match(side.client.take(), /1\r\nx\r\n0\r\n\r\n$/);
    side.client.send(chunkedPost("1\r\nx\r\n0\r\nSum: 1\r\n\r\n", "TE: trailers"));
    await side.clock.advance(0);

    assert.match(side.client.text, /1\r\nx\r\n0\r\nSum: 1\r\n\r\n$/);
  });

  it("takes names of JavaScript's own objects for what they are", async () => {
    const side = serveInMemory((request) => respond(200, emptyBody, request.fields));
    side.client.send(get("/", "__proto__: a", "constructor: b", "hasOwnProperty: c"));
    await side.clock.advance(0);

    assert.match(side.client.text, /__proto__: a\r\nconstructor: b\r\nhasOwnProperty: c\r\n/);
  });
});

function echo(request: HttpRequest): HttpResponse {
  return respond(200, request.body);
}

async function echoWhole(request: HttpRequest): Promise<HttpResponse> {
  return respond(200, BytesBody.of(await readAll(request.body)));
}

/** A stream body of known chunks, given as fast as they are taken. */
function stream(chunks: string[], length?: number): StreamBody {
  let at = 0;
  let sink: Parameters<StreamBody["pipe"]>[0];
  const flow = () => {
    while (at < chunks.length) if (!sink.write(Buffer.from(chunks[at++]!))) return;
    if (at++ === chunks.length) sink.end(undefined);
  };
  const pipe: StreamBody["pipe"] = (to) => {
    sink = to;
    flow();
  };
  return stubBody({ length, pipe, resume: flow });
}
