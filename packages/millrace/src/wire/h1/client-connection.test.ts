import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { CallControl } from "../../service/context.js";
import { stubBody } from "../../testing/stub-body.js";
import { settle } from "../../testing/virtual-clock.js";
import { type BodySink, BytesBody, readAll, type StreamBody } from "../http/body.js";
import { Fields } from "../http/fields.js";
import type { HttpRequest } from "../http/message.js";
import { callInMemory, failureOf, requestTo } from "../proof/client-side.js";
import { RawPeer } from "../proof/raw-peer.js";
import { respond, serveInMemory } from "../proof/server-side.js";

const ok = (content = "") => `HTTP/1.1 200 OK\r\nContent-Length: ${content.length}\r\n\r\n${content}`;
const fresh = () => new CallControl();

describe("ClientConnection", () => {
  it("sends a request and takes its response, again and again", async () => {
    const side = callInMemory();
    for (const path of ["/1", "/2"]) {
      const call = side.connection.call(requestTo(path), fresh());
      await settle();
      assert.equal(side.server.take(), `GET ${path} HTTP/1.1\r\nHost: example.test\r\n\r\n`);
      side.server.send(ok(path));
      const { body } = await call;
      assert.equal(Buffer.from(await readAll(body)).toString(), path);
    }

    assert.equal(side.heard.idle, 2);
    await leavesNothing(side);
  });

  it("makes one call at a time, first come first served", async () => {
    const side = callInMemory();
    const first = side.connection.call(requestTo("/1"), fresh());
    const second = side.connection.call(requestTo("/2"), fresh());
    await settle();
    assert.equal(side.connection.ready, false);
    assert.doesNotMatch(side.server.take(), /\/2/);
    side.server.send(ok());
    await first;
    await settle();
    assert.match(side.server.text, /^GET \/2 /);
    side.server.send(ok());

    assert.equal((await second).status, 200);
  });

  it("keeps the process alive for calls alone where that is asked for", async () => {
    for (const [idleKeepsAlive, expected] of [
      [false, ["upkeep", "call", "upkeep", "call", "upkeep", "call", "upkeep"]],
      [true, []],
    ] as const) {
      const served: string[] = [];
      const side = callInMemory({ idleKeepsAlive, serve: (serves) => void served.push(serves) });
      for (let nth = 0; nth < 2; nth += 1) {
        const call = side.connection.call(requestTo("/"), fresh());
        await settle();
        side.server.send(ok("content"));
        await readAll((await call).body);
      }
      const unsendable = requestTo("/\n");
      await assert.rejects(side.connection.call(unsendable, fresh()));

      assert.deepEqual(served, expected);
    }
  });

  it("gives up a server that takes no more of a request, long before it would a late response", async () => {
    const timeouts = { headMs: 300_000, writeIdleMs: 1_000 };
    const side = callInMemory({ timeouts, stream: { capacityBytes: 16 } });
    side.server.stream.pause();
    const upload = side.connection.call(requestTo("/", { method: "POST", body: endless() }), fresh());
    const failed = assert.rejects(
      upload,
      (error) => isMillraceError(error, "timeout") && error.phase === "write",
    );
    await side.clock.advance(2_000);

    await failed;
  });

  it("frames whole content by its length, and says of methods that have content when there is none", async () => {
    const side = callInMemory();
    void side.connection.call(requestTo("/", { method: "POST", body: BytesBody.ofText("hé") }), fresh());
    await settle();
    assert.match(side.server.take(), /Content-Length: 3\r\n\r\nh\xc3\xa9$/);
    side.server.send(ok());
    await settle();
    void side.connection.call(requestTo("/", { method: "PUT" }), fresh());
    await settle();

    assert.match(side.server.text, /Content-Length: 0\r\n\r\n$/);
  });

  it("closes when bytes come that no call asked for", async () => {
    const side = callInMemory();
    side.server.send(ok());
    await settle();

    assert.equal(side.near.destroyed, true);
    assert.equal(side.heard.closed, 1);
    await assert.rejects(
      side.connection.call(requestTo("/"), fresh()),
      (error) => isMillraceError(error, "closed") && error.unsent,
    );
    await leavesNothing(side);
  });

  it("takes no call from the moment that the server has closed", async () => {
    const side = callInMemory();
    const seen: unknown[] = [];
    const { ended } = side.connection;
    side.connection.ended = () => {
      ended.call(side.connection);
      seen.push(side.connection.ready);
      void side.connection.call(requestTo("/"), fresh()).catch((error: unknown) => seen.push(error));
    };
    side.server.stream.end();
    await settle();

    assert.equal(seen[0], false);
    assert.ok(isMillraceError(seen[1], "closed") && seen[1].unsent);
  });

  it("sends content that waits for 100 once it is asked for, or has waited long enough", async () => {
    const fields = Fields.from([["Expect", "100-continue"]]);
    const request = requestTo("/", { method: "POST", fields, body: BytesBody.ofText("content") });
    for (const asked of [true, false]) {
      const side = callInMemory();
      const call = side.connection.call(request, fresh());
      await side.clock.advance(500);
      assert.match(side.server.take(), /Expect: 100-continue\r\nContent-Length: 7\r\n\r\n$/);
      if (asked) side.server.send("HTTP/1.1 100 Continue\r\n\r\n");
      await side.clock.advance(asked ? 0 : 700);
      assert.equal(side.server.text, "content");
      side.server.send(ok());

      assert.equal((await call).status, 200);
      assert.equal(side.connection.ready, true);
    }
  });

  for (const expects of [false, true]) {
    it(`gives a server the time it needs to take large whole content${expects ? ", asked for by 100" : ""}`, async () => {
      const body = BytesBody.of(Buffer.alloc(2_000_000, "x"));
      const fields = Fields.from(expects ? [["Expect", "100-continue"]] : []);
      const side = callInMemory({ stream: { capacityBytes: 64_000 } });
      const { stream } = side.server;
      const call = side.connection.call(requestTo("/", { method: "POST", fields, body }), fresh());
      await settle();
      if (expects) side.server.send("HTTP/1.1 100 Continue\r\n\r\n");
      await settle();
      for (let step = 0; step < 100 && side.server.bytes < body.length && !side.server.over; step++) {
        const before = side.server.bytes;
        stream.resume();
        while (side.server.bytes === before && !side.server.over) await Promise.resolve();
        stream.pause();
        await side.clock.advance(5_000);
      }
      stream.resume();
      await settle();
      side.server.send(ok());

      assert.equal((await call).status, 200);
      assert.equal(side.server.text.length - side.server.text.indexOf("\r\n\r\n") - 4, body.length);
      assert.equal(side.connection.ready, true);
    });
  }

  it("leaves content unsent when the answer comes without it, and closes", async () => {
    const fields = Fields.from([["Expect", "100-continue"]]);
    const side = callInMemory();
    const call = side.connection.call(
      requestTo("/", { method: "POST", fields, body: BytesBody.ofText("content") }),
      fresh(),
    );
    await settle();
    side.server.send("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n");

    assert.equal((await call).status, 417);
    await settle();
    assert.doesNotMatch(side.server.text, /content$/);
    assert.equal(side.near.destroyed, true);
  });

  it("gives up a response that does not begin in time", async () => {
    const side = callInMemory();
    const call = side.connection.call(requestTo("/"), fresh());
    const failed = assert.rejects(
      call,
      (error) => isMillraceError(error, "timeout") && error.phase === "head",
    );
    await side.clock.advance(30_200);

    await failed;
    await leavesNothing(side);
  });

  it("gives up content that stops, but not while nobody reads it", async () => {
    const side = callInMemory();
    const call = side.connection.call(requestTo("/"), fresh());
    await settle();
    side.server.send(`HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n${"x".repeat(200_000)}`);
    const { body } = await call;
    await side.clock.advance(100_000);
    assert.equal(side.near.destroyed, false);
    const failed = assert.rejects(
      readAll(body),
      (error) => isMillraceError(error, "timeout") && error.phase === "body",
    );
    await side.clock.advance(30_200);

    await failed;
    await leavesNothing(side);
  });

  it("gives up a server that takes nothing of a request", async () => {
    const side = callInMemory({ stream: { capacityBytes: 1_000 } });
    const relay = await relayedBody();
    side.server.stream.pause();
    const call = side.connection.call(requestTo("/", { method: "POST", body: relay.body }), fresh());
    const failed = assert.rejects(
      call,
      (error) => isMillraceError(error, "timeout") && error.phase === "write",
    );
    relay.client.send("x".repeat(50_000));
    await side.clock.advance(31_000);

    await failed;
    await leavesNothing(side);
  });

  it("drops a call that its caller gives up, before and after the head", async () => {
    for (const head of ["", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"]) {
      const side = callInMemory();
      const context = fresh();
      const call = side.connection.call(requestTo("/"), context);
      await settle();
      side.server.send(head);
      await settle();
      context.abort(new Error("no longer wanted"));
      const outcome = await call.then((response) => readAll(response.body)).catch((error: unknown) => error);

      assert.match(String(outcome), /no longer wanted/);
      await leavesNothing(side);
    }
  });

  it("gives a half-sent upload up when the response comes first", async () => {
    const side = callInMemory();
    const relay = await relayedBody();
    const call = side.connection.call(requestTo("/", { method: "POST", body: relay.body }), fresh());
    relay.client.send("some");
    await settle();
    side.server.send(ok("enough"));
    const { body } = await call;

    assert.equal(Buffer.from(await readAll(body)).toString(), "enough");
    await settle();
    assert.equal(side.near.destroyed, true);
    assert.doesNotMatch(side.server.text, /0\r\n\r\n$/);
  });

  it("lets the server see that an upload broke off", async () => {
    const side = callInMemory();
    const relay = await relayedBody();
    const call = side.connection.call(requestTo("/", { method: "POST", body: relay.body }), fresh());
    const failed = assert.rejects(call, (error) => isMillraceError(error, "aborted"));
    relay.client.send("some");
    await settle();
    relay.client.stream.destroy();
    await settle();

    await failed;
    assert.equal(side.server.over, true);
    assert.match(side.server.text, /some/);
    assert.doesNotMatch(side.server.text, /0\r\n\r\n$/);
  });

  it("hands over the connection after 101, with all that came behind it, whenever that is taken", async () => {
    const side = callInMemory();
    const call = side.connection.call(requestTo("/", { upgrade: "echo" }), fresh());
    await settle();
    assert.match(side.server.take(), /Connection: upgrade\r\nUpgrade: echo\r\n\r\n$/);
    side.server.send(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\nearly ",
    );
    await settle();
    side.server.send("later ");
    await settle();
    const { status, stream } = await call;
    await settle();
    const tunnel = new RawPeer(stream as never);
    await settle();
    side.server.send("last");
    await settle();

    assert.equal(status, 101);
    assert.equal(tunnel.text, "early later last");
    side.server.stream.destroy();
    await settle();
    assert.equal(side.heard.closed, 1);
  });

  it("refuses requests that would be two", async () => {
    const target = requestTo("/").target;
    const crafted: Partial<HttpRequest>[] = [
      { method: "GET / HTTP/1.1\r\nX: y\r\n\r\nGET" },
      { method: "" },
      { target: { ...target, path: "/ HTTP/1.1\r\nX: y" } },
      { target: { ...target, path: "/\u010d\u010a" } },
      { target: { ...target, path: "" } },
      { target: { ...target, authority: "a\r\nX: y" } },
      { target: { ...target, authority: "a b" } },
      { target: { ...target, authority: "\u{1f600}" } },
      { target: { ...target, form: "authority", authority: "a:1 HTTP/1.1\r\nX: y" }, method: "CONNECT" },
      { upgrade: "x\r\nX: y" },
      { upgrade: "" },
    ];
    for (const parts of crafted) {
      const side = callInMemory();
      const call = side.connection.call(requestTo("/", parts), fresh());

      await assert.rejects(call, (error) => isMillraceError(error, "invalid-options"), JSON.stringify(parts));
      await settle();
      assert.equal(side.server.text, "");
      assert.equal(side.connection.ready, true);
    }
  });

  it("fails a call with the reason of a broken connection", async () => {
    const side = callInMemory();
    const call = side.connection.call(requestTo("/"), fresh());
    await settle();
    side.server.stream.destroy(true);
    const error = await call.catch((reason: unknown) => reason);

    assert.equal(failureOf(error), "connection-lost");
    assert.match(String((error as Error).cause), /ECONNRESET/);
    await leavesNothing(side);
  });

  it("fails those who wait for it when it is destroyed", async () => {
    const side = callInMemory();
    const calls = [1, 2, 3].map(() => side.connection.call(requestTo("/"), fresh()).catch(failureOf));
    await settle();
    side.connection.destroy();

    assert.deepEqual(await Promise.all(calls), ["connection-lost", "closed", "closed"]);
    await leavesNothing(side);
  });
});

/** A body that a client sends in chunks of its own making to a server in memory. */
async function relayedBody() {
  let body: HttpRequest["body"] | undefined;
  const side = serveInMemory((request) => {
    body = request.body;
    return new Promise(() => undefined).then(() => respond(200));
  });
  side.client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  await settle();
  const client = {
    stream: side.client.stream,
    send: (text: string) => side.client.send(`${text.length.toString(16)}\r\n${text}\r\n`),
  };
  return { body: body!, client };
}

/** Once closed, and after one more sweep, no timer, limit or callback is left. */
async function leavesNothing(side: ReturnType<typeof callInMemory>): Promise<void> {
  side.connection.destroy();
  await side.clock.advance(200);
  assert.equal(side.heard.closed, 1);
  assert.equal(side.sweeper.size, 0);
  assert.equal(side.clock.pending, 0);
}

/** Content without an end, of chunks that come as fast as they are taken. */
function endless(): StreamBody {
  let sink: BodySink;
  const send = () => {
    while (sink.write(Buffer.alloc(1_024)));
  };
  const pipe: StreamBody["pipe"] = (to) => {
    sink = to;
    send();
  };
  return stubBody({ pipe, resume: send });
}
