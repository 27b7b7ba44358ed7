import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2, createServer as createHttp2 } from "node:http2";
import { createServer as createHttps, request as httpsRequest } from "node:https";
import { describe, it } from "node:test";
import { good, key } from "../../channel/tls/certificates.test.fixture.js";
import { fromFunction } from "../../service/from-function.js";
import type { Exchange } from "../../wire/h1/exchange.js";
import { createServer as createEngine } from "../../wire/h1/server.js";
import { BytesBody } from "../../wire/http/body.js";
import { Fields } from "../../wire/http/fields.js";
import { handoffEvents } from "../events.js";
import { get } from "./clients.test.fixture.js";
import { twoGenerations } from "./generations.test.fixture.js";

for (const way of ["pass", "forward"] as const) {
  describe(`servers that are handed over by ${way}`, () => {
    it("may be the engine of millrace/wire, which is told whose connections it gets", async () => {
      await using parts = await twoGenerations(way);
      const engines = parts.generations.map(({ generation, listeners }) => {
        const server = createEngine(
          fromFunction((_request, context) => ({
            status: 200,
            reason: "OK",
            fields: new Fields(),
            body: BytesBody.ofText(
              JSON.stringify({ generation, client: (context as Exchange).peer.address }),
            ),
          })),
        );
        server.attach(listeners[0]!);
        return server;
      });
      await parts.handOver();

      assert.deepEqual((await get(parts.port)).body, { generation: 2, client: "127.0.0.1" });
      await Promise.all(engines.map((engine) => engine.close(1_000)));
    });

    it("may speak TLS", async () => {
      await using parts = await twoGenerations(way);
      for (const { listeners } of parts.generations)
        createHttps({ cert: good, key }, (request, response) =>
          response.end(request.socket.remoteAddress),
        ).listen(listeners[0]!);
      await parts.handOver();
      const asked = httpsRequest({
        port: parts.port,
        host: "127.0.0.1",
        rejectUnauthorized: false,
        agent: false,
      }).end();
      const [response] = (await once(asked, "response")) as [AsyncIterable<Buffer>];
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);

      assert.equal(Buffer.concat(chunks).toString(), "127.0.0.1");
    });
  });
}

describe("an HTTP/2 server that is handed over", () => {
  it("asks its clients to leave, finishes their streams, and serves those that were on their way", async () => {
    await using parts = await twoGenerations("pass");
    for (const { generation, listeners } of parts.generations) {
      createHttp2()
        .on("stream", (stream) => setTimeout(() => stream.end(String(generation)), 100))
        .listen(listeners[0]!);
    }
    await parts.first.ready();
    const session = connectHttp2(`http://127.0.0.1:${parts.port}`);
    const left = once(session, "goaway");
    const running = ask(session);
    await once(session, "connect");
    await parts.handOver();
    assert.equal(await running, "1");
    await left;
    await once(session, "close");
    const next = connectHttp2(`http://127.0.0.1:${parts.port}`);
    assert.equal(await ask(next), "2");
    next.close();
    await once(next, "close");
  });

  it("does not wait for a client that has left and answers nothing", async () => {
    await using parts = await twoGenerations("pass");
    const cut: unknown[] = [];
    using _ = handoffEvents.subscribe((event) => {
      if (event.type === "cut") cut.push(event);
    });
    for (const { listeners } of parts.generations) {
      createHttp2()
        .on("stream", (stream) => stream.end("1"))
        .listen(listeners[0]!);
    }
    await parts.first.ready();
    const session = connectHttp2(`http://127.0.0.1:${parts.port}`);
    // Nothing is under way then, so that it leaves at the first word.
    assert.equal(await ask(session), "1");
    await parts.handOver();
    await parts.first.ended;

    assert.deepEqual(cut, []);
  });
});

async function ask(session: ClientHttp2Session): Promise<string> {
  let text = "";
  for await (const chunk of session.request({ ":path": "/" }).setEncoding("utf8")) text += String(chunk);
  return text;
}
