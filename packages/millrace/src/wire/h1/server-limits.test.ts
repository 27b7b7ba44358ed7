import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createDeferred } from "../../base/deferred.js";
import { isMillraceError } from "../../base/errors.js";
import { Sweeper } from "../../base/sweeper.js";
import { settle } from "../../testing/virtual-clock.js";
import { BytesBody, readAll } from "../http/body.js";
import type { HttpRequest, HttpResponse } from "../http/message.js";
import { SlicedBody } from "../http/sliced-body.js";
import { failureOf } from "../proof/client-side.js";
import { finalStatuses, respond, serveInMemory } from "../proof/server-side.js";
import { serverSettings } from "./server-settings.js";

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const post = (lines: string, content = "") => `POST / HTTP/1.1\r\nHost: a\r\n${lines}\r\n\r\n${content}`;
const never = () => new Promise<HttpResponse>(() => undefined);
const echoWhole = async (request: HttpRequest) => respond(200, BytesBody.of(await readAll(request.body)));

describe("ServerConnection's time limits", () => {
  it("close a connection without a request after the time of a head", async () => {
    const side = serveInMemory(never);
    await side.clock.advance(9_900);
    assert.equal(side.client.over, false);
    await side.clock.advance(300);

    assert.equal(side.client.over, true);
    assert.equal(side.client.text, "");
    await leavesNothing(side);
  });

  it("close an idle connection", async () => {
    const side = serveInMemory(() => respond(200), { timeouts: { idleMs: 5_000 } });
    side.client.send(get);
    await side.clock.advance(4_900);
    assert.equal(side.client.over, false);
    await side.clock.advance(300);

    assert.equal(side.client.over, true);
    assert.deepEqual(finalStatuses(side.client.text), [200]);
    await leavesNothing(side);
  });

  it("change with the settings: at once for an idle connection, for others with the next limit", async () => {
    const answer = createDeferred<HttpResponse>();
    const side = serveInMemory(() => answer.promise);
    const { clock, sweeper } = side;
    const limits = (idleMs: number, headMs: number) =>
      side.connection.configure(serverSettings({ clock, sweeper, timeouts: { idleMs, headMs } }));
    side.client.send(get);
    await clock.advance(0);
    limits(5_000, 1_000);
    answer.resolve(respond(200));
    await clock.advance(4_800);
    assert.equal(side.client.over, false);
    limits(20_000, 1_000);
    await clock.advance(19_500);
    assert.equal(side.client.over, false);
    side.client.send("G");
    await clock.advance(1_300);

    assert.deepEqual(finalStatuses(side.client.text), [200, 408]);
    await leavesNothing(side);
  });

  it("keep watching a connection whose settings have another sweeper", async () => {
    const side = serveInMemory(() => respond(200));
    const { clock } = side;
    const sweeper = new Sweeper({ clock });
    side.connection.configure(serverSettings({ clock, sweeper, timeouts: { idleMs: 1_000, headMs: 1_000 } }));
    assert.deepEqual([side.sweeper.size, sweeper.size], [0, 1]);
    await clock.advance(1_300);

    assert.equal(side.client.over, true);
    await leavesNothing(side);
    assert.equal(sweeper.size, 0);
  });

  it("answer 408 to a head that comes byte by byte for too long", async () => {
    const side = serveInMemory(never);
    for (const byte of get.slice(0, 20)) {
      side.client.send(byte);
      await side.clock.advance(500);
    }
    await side.clock.advance(200);

    assert.deepEqual(finalStatuses(side.client.text), [408]);
    assert.equal(side.refused[0]?.rule, "head-timeout");
    assert.equal(side.client.over, true);
    await leavesNothing(side);
  });

  it("answer 408 to content that stops", async () => {
    let failure = "";
    const side = serveInMemory(async (request) => {
      await readAll(request.body).catch((error: unknown) => (failure = failureOf(error)));
      return never();
    });
    side.client.send(post("Content-Length: 10", "abc"));
    await side.clock.advance(29_900);
    assert.equal(side.client.text, "");
    await side.clock.advance(300);

    assert.deepEqual(finalStatuses(side.client.text), [408]);
    assert.equal(failure, "body-timeout");
    assert.equal(side.client.over, true);
    assert.equal(side.exchanges[0]?.status, 408);
    await leavesNothing(side);
  });

  it("answer 408 to content that only trickles", async () => {
    const side = serveInMemory(echoWhole, { minBodyRate: 10 });
    side.client.send(post("Content-Length: 10000"));
    for (let second = 0; second < 31; second++) {
      side.client.send("x");
      await side.clock.advance(1_000);
    }

    assert.deepEqual(finalStatuses(side.client.text), [408]);
    await leavesNothing(side);
  });

  it("let content be slow while it is fast enough", async () => {
    const side = serveInMemory(echoWhole, { minBodyRate: 9 });
    side.client.send(post("Content-Length: 1000"));
    for (let second = 0; second < 100; second++) {
      side.client.send("xxxxxxxxxx");
      await side.clock.advance(1_000);
    }

    assert.deepEqual(finalStatuses(side.client.text), [200]);
  });

  it("do not blame a client for the time in which its content is not read", async () => {
    const start = createDeferred<undefined>();
    const side = serveInMemory(async (request) => {
      await start.promise;
      return echoWhole(request);
    });
    side.client.send(post("Content-Length: 200000", "x".repeat(200_000)));
    await side.clock.advance(600_000);
    assert.equal(side.client.over, false);
    start.resolve(undefined);
    await side.clock.advance(0);

    assert.deepEqual(finalStatuses(side.client.text), [200]);
  });

  it("drop a client that takes nothing of its response", async () => {
    const side = serveInMemory((request) => respond(200, request.body), { stream: { capacityBytes: 1_000 } });
    side.client.stream.pause();
    side.client.send(post("Transfer-Encoding: chunked", `fff\r\n${"x".repeat(0xfff)}\r\n`));
    await settle();
    side.client.send(`fff\r\n${"x".repeat(0xfff)}\r\n0\r\n\r\n`);
    await side.clock.advance(31_000);

    assert.equal(side.near.destroyed, true);
    assert.equal(side.exchanges.length, 1);
    assert.ok(isMillraceError(side.exchanges[0]?.error, "timeout"));
    await leavesNothing(side);
  });

  it("give a client that reads slowly the time it takes, also before the connection closes", async () => {
    const side = serveInMemory(() => respond(200, BytesBody.of(Buffer.alloc(100_000, "x"))), {
      stream: { capacityBytes: 2_000, readBytes: () => 1_000 },
    });
    const { stream } = side.client;
    stream.pause();
    side.client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    await settle();
    for (let step = 0; step < 200 && !side.client.over; step++) {
      const before = side.client.bytes;
      stream.resume();
      while (side.client.bytes === before && !side.client.over) await Promise.resolve();
      stream.pause();
      await side.clock.advance(200);
    }

    assert.match(side.client.text, /^HTTP\/1\.1 200 OK/);
    assert.equal(side.client.text.length - side.client.text.indexOf("\r\n\r\n") - 4, 100_000);
  });

  it("give a client all the time it needs for a large whole body, as long as it takes some of it", async () => {
    const content = Buffer.alloc(3_000_000, "x");
    const side = serveInMemory(() => respond(200, BytesBody.of(content)), {
      stream: { capacityBytes: 64_000 },
    });
    const { stream } = side.client;
    stream.pause();
    side.client.send(get);
    await settle();
    for (let step = 0; step < 200 && side.client.bytes < content.length && !side.client.over; step++) {
      const before = side.client.bytes;
      stream.resume();
      while (side.client.bytes === before && !side.client.over) await Promise.resolve();
      stream.pause();
      await side.clock.advance(5_000);
    }

    assert.equal(side.client.text.length - side.client.text.indexOf("\r\n\r\n") - 4, content.length);
    side.client.send(get);
    assert.equal(side.near.destroyed, false);
  });

  it("drop a client that takes nothing of a streamed response to a request without content", async () => {
    const source = new SlicedBody(BytesBody.of(Buffer.alloc(3_000_000, "x")));
    const side = serveInMemory(() => respond(200, source));
    side.client.send(get);
    side.client.stream.pause();
    await side.clock.advance(29_000);
    assert.equal(side.near.destroyed, false);
    await side.clock.advance(32_000);

    assert.equal(side.near.destroyed, true);
    assert.ok(isMillraceError(side.exchanges[0]?.error, "timeout"));
    assert.equal(source.done, true);
    await leavesNothing(side);
  });

  it("drop a client that stops in the middle of a large whole body", async () => {
    const side = serveInMemory(() => respond(200, BytesBody.of(Buffer.alloc(3_000_000, "x"))));
    side.client.send(get);
    side.client.stream.pause();
    await side.clock.advance(61_000);

    assert.equal(side.near.destroyed, true);
    assert.ok(isMillraceError(side.exchanges[0]?.error, "timeout"));
    await leavesNothing(side);
  });

  it("answer 504 at a call's deadline, and never a later request with the late answer", async () => {
    const late = createDeferred<HttpResponse>();
    const calls: HttpRequest[] = [];
    const side = serveInMemory(
      (request) => {
        calls.push(request);
        return calls.length === 1 ? late.promise : never();
      },
      { timeouts: { requestMs: 1_000 } },
    );
    side.client.send(get + get.replace("/", "/second"));
    await side.clock.advance(1_200);
    late.resolve(respond(200, BytesBody.ofText("for the first")));
    await side.clock.advance(0);

    assert.equal(finalStatuses(side.client.text)[0], 504);
    assert.doesNotMatch(side.client.text, /for the first/);
  });

  it("break a response off at its call's deadline", async () => {
    const side = serveInMemory((request) => respond(200, request.body), { timeouts: { requestMs: 1_000 } });
    side.client.send(post("Transfer-Encoding: chunked", "1\r\nx\r\n"));
    await side.clock.advance(1_200);

    assert.equal(side.client.gone, true);
    assert.doesNotMatch(side.client.text, /0\r\n\r\n$/);
    await leavesNothing(side);
  });

  it("linger after an early answer, for so long and so much", async () => {
    const side = serveInMemory(() => respond(403));
    side.client.send(post("Content-Length: 1000000", "x"));
    await side.clock.advance(1_000);
    side.client.send("x".repeat(1_000));
    await side.clock.advance(500);
    assert.equal(side.near.destroyed, false);
    side.client.send("x".repeat(65_000));
    await side.clock.advance(0);
    assert.equal(side.near.destroyed, true);

    const silent = serveInMemory(() => respond(403));
    silent.client.send(post("Content-Length: 1000000", "x"));
    await silent.clock.advance(2_200);

    assert.equal(silent.near.destroyed, true);
    await leavesNothing(silent);
  });
});

describe("ServerConnection with a careless service", () => {
  it("answers 500 when it throws before it promises anything", async () => {
    const side = serveInMemory({
      ready: true,
      whenReady: () => Promise.resolve(),
      call: () => assert.fail("thrown"),
    });
    side.client.send(get);
    await side.clock.advance(0);

    assert.deepEqual(finalStatuses(side.client.text), [500]);
  });

  it("tells who listens to content that nobody read that it broke off", async () => {
    const errors: (Error | undefined)[] = [];
    const side = serveInMemory((request) => {
      if (request.body.kind === "stream") request.body.onDone((error) => errors.push(error));
      return never();
    });
    side.client.send(post("Content-Length: 10", "abc"));
    await side.clock.advance(0);
    side.client.stream.destroy();
    await side.clock.advance(0);

    assert.equal(errors.length, 1);
    assert.ok(isMillraceError(errors[0], "aborted"));
  });
});

describe("ServerConnection.drain", () => {
  it("closes an idle connection at once", async () => {
    const side = serveInMemory(() => respond(200));
    side.client.send(get);
    await side.clock.advance(0);
    side.connection.drain();
    await side.clock.advance(0);

    assert.equal(side.client.over, true);
  });

  it("answers the request in progress with close, and no more", async () => {
    const answer = createDeferred<HttpResponse>();
    const side = serveInMemory(() => answer.promise);
    side.client.send(get + get);
    await side.clock.advance(0);
    side.connection.drain();
    answer.resolve(respond(200));
    await side.clock.advance(0);

    assert.deepEqual(finalStatuses(side.client.text), [200]);
    assert.match(side.client.text, /Connection: close/);
    assert.equal(side.client.over, true);
  });

  it("answers a request whose head has begun to come", async () => {
    const side = serveInMemory(() => respond(200));
    side.client.send(get.slice(0, 10));
    await side.clock.advance(0);
    side.connection.drain();
    side.client.send(get.slice(10));
    await side.clock.advance(0);

    assert.deepEqual(finalStatuses(side.client.text), [200]);
    assert.equal(side.client.over, true);
  });

  it("closes a connection whose response is still leaving, once it has left", async () => {
    const side = serveInMemory(() => respond(200, BytesBody.of(Buffer.alloc(200_000))));
    side.client.stream.pause();
    side.client.send(get + get);
    await side.clock.advance(0);
    side.connection.drain();
    side.client.stream.resume();
    await side.clock.advance(0);
    await side.clock.advance(0);

    assert.equal(finalStatuses(side.client.text).length, 1);
    assert.equal(side.client.over, true);
  });
});

type Side = ReturnType<typeof serveInMemory>;

/** Once closed, and after one more sweep, no timer, limit or callback is left. */
async function leavesNothing(side: Side): Promise<void> {
  side.client.stream.resume();
  side.client.stream.end();
  await side.clock.advance(200);
  assert.equal(side.closed, 1);
  assert.equal(side.sweeper.size, 0);
  assert.equal(side.clock.pending, 0);
}
