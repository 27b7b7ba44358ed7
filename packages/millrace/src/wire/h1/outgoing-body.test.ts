import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stubBody } from "../../testing/stub-body.js";
import type { StreamBody } from "../http/body.js";
import { Fields } from "../http/fields.js";
import { respond, serveInMemory } from "../proof/server-side.js";

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

describe("OutgoingBody", () => {
  it("takes no more of a body that is always there than the client does", async () => {
    const body = source(Array.from({ length: 200 }, () => Buffer.alloc(50_000, "x")));
    const side = serveInMemory(() => respond(200, body));
    side.client.stream.pause();
    side.client.send(get);
    await side.clock.advance(0);
    assert.ok(side.near.mostQueued < 300_000, `${side.near.mostQueued} bytes queued`);
    side.client.stream.resume();
    await side.clock.advance(0);
    await side.clock.advance(0);

    assert.ok(side.client.text.endsWith("\r\n0\r\n\r\n"));
    assert.equal(side.client.text.split("x").length - 1, 10_000_000);
  });

  it("takes nothing from a willing source once the connection is gone", async () => {
    let written = 0;
    const chunks = Array.from({ length: 200 }, () => Buffer.alloc(50_000, "x"));
    const body = source(chunks);
    const side = serveInMemory(() => respond(200, body));
    side.client.stream.pause();
    side.client.send(get);
    await side.clock.advance(0);
    const write = side.near.write.bind(side.near);
    side.near.write = (bytes, notify) => {
      written += 1;
      write(bytes, notify);
    };
    side.near.destroy();
    body.resume();

    assert.equal(written, 0);
  });

  it("resets the connection for a body longer or shorter than it said", async () => {
    for (const length of [3, 7]) {
      const side = serveInMemory(() => respond(200, source([Buffer.from("hello")], length)));
      side.client.send(get + get);
      await side.clock.advance(0);

      assert.match(String(side.client.closedWith), /ECONNRESET/);
      assert.match(
        String(side.exchanges[0]?.error),
        length === 3 ? /longer than it said/ : /shorter than it said/,
      );
      assert.equal(side.exchanges.length, 1);
    }
  });

  it("resets the connection for a body that fails, also one that ends by closing", async () => {
    for (const version of ["1.1", "1.0"]) {
      const side = serveInMemory(() => respond(200, source([Buffer.from("hello"), new Error("broken")])));
      side.client.send(get.replace("1.1", version));
      await side.clock.advance(0);

      assert.match(String(side.client.closedWith), /ECONNRESET/);
      assert.doesNotMatch(side.client.text, /0\r\n\r\n$/);
    }
  });

  it("writes no chunk of no length, which would be the last", async () => {
    const chunks = ["", "a", "", "", "b", ""].map((text) => Buffer.from(text));
    const side = serveInMemory(() => respond(200, source(chunks)));
    side.client.send(get);
    await side.clock.advance(0);

    assert.match(side.client.text, /\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n$/);
  });

  it("leaves framing out of the trailers it writes", async () => {
    const trailers = Fields.from([
      ["Content-Length", "5"],
      ["Transfer-Encoding", "chunked"],
      ["Connection", "X"],
      ["Sum", "1"],
    ]);
    const side = serveInMemory(() => respond(200, source([Buffer.from("a")], undefined, trailers)));
    side.client.send(get.replace("\r\n\r\n", "\r\nTE: gzip\r\nTE: trailers\r\n\r\n"));
    await side.clock.advance(0);

    assert.match(side.client.text, /1\r\na\r\n0\r\nSum: 1\r\n\r\n$/);
  });
});

/** A body whose chunks are all there; one that is an error fails it. */
function source(chunks: readonly (Buffer | Error)[], length?: number, trailers?: Fields): StreamBody {
  let at = 0;
  let over = false;
  let sink: Parameters<StreamBody["pipe"]>[0];
  const flow = () => {
    while (at < chunks.length && !over) {
      const chunk = chunks[at++]!;
      if (chunk instanceof Error) {
        over = true;
        sink.fail(chunk);
      } else if (!sink.write(chunk)) return;
    }
    if (over) return;
    over = true;
    sink.end(trailers);
  };
  const pipe: StreamBody["pipe"] = (to) => {
    sink = to;
    flow();
  };
  const cancel = () => void (over = true);
  return stubBody({ length, trailers, pipe, resume: flow, cancel });
}
