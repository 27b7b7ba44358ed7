import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { type Dispatcher, FormData, fetch, interceptors, pipeline, request, stream, upgrade } from "undici";
import { isMillraceError } from "../../base/errors.js";
import { fromFunction } from "../../service/index.js";
import type { HttpRequest, HttpResponse } from "../../wire/index.js";
import { answerByPath, type Echo, type Origin, openOrigin, plainText } from "../origin.test.fixture.js";
import { createDispatcher } from "./index.js";

describe("createDispatcher of millrace/http/undici", () => {
  let origin: Origin;
  let dispatcher: Dispatcher;
  before(async () => {
    origin = await openOrigin();
    dispatcher = createDispatcher(origin.pool);
  });
  after(async () => {
    await dispatcher.destroy();
    await origin[Symbol.asyncDispose]();
  });

  it("answers request of undici, with fields, content and trailers", async () => {
    const { statusCode, headers, body, trailers } = await request(`${origin.url}/trailers`, { dispatcher });

    assert.equal(statusCode, 200);
    assert.equal(headers["trailer"], "X-Sum");
    assert.equal(await body.text(), "content");
    assert.deepEqual({ ...trailers }, { "x-sum": "42" });
    const cookies = await request(`${origin.url}/cookies`, { dispatcher });
    assert.deepEqual(cookies.headers["set-cookie"], ["a=1; Path=/", "b=2, still b"]);
    assert.equal((await (await request(`${origin.url}/large`, { dispatcher })).body.bytes()).length, 300_000);
    await cookies.body.dump();
  });

  it("sends what undici sends: text, bytes, streams, iterables, forms, queries", async () => {
    const form = new FormData();
    form.append("a", "1");
    const bodies = {
      text: "some text",
      bytes: Buffer.from("some bytes"),
      stream: Readable.from(["some ", "stream"]),
      iterable: (async function* () {
        yield Buffer.from("some chunks");
      })(),
    };
    for (const body of Object.values(bodies)) {
      const echo = await echoed(
        request(`${origin.url}/echo`, { dispatcher, method: "POST", body: body as string }),
      );
      assert.match(echo.body, /^some (?:text|bytes|stream|chunks)$/);
    }
    const formed = await echoed(request(`${origin.url}/echo`, { dispatcher, method: "POST", body: form }));
    assert.match(formed.headers["content-type"]!, /^multipart\/form-data; boundary=/);
    assert.match(formed.body, /name="a"\r\n\r\n1\r\n/);
    const known = await echoed(
      request(`${origin.url}/echo`, {
        dispatcher,
        method: "PUT",
        body: Readable.from(["12345"]),
        headers: ["Content-Length", "5", "X-Two", "a", "X-Two", "b"],
        query: { q: [1, 2] },
      }),
    );
    assert.deepEqual(
      [
        known.url,
        known.headers["content-length"],
        known.headers["transfer-encoding"],
        known.headers["x-two"],
      ],
      ["/echo?q=1&q=2", "5", undefined, "a, b"],
    );
  });

  it("waits for 100 Continue when it is asked to", async () => {
    await using own = await openOrigin();
    own.server.on("checkContinue", (asked: IncomingMessage, response: ServerResponse) => {
      response.writeContinue();
      answerByPath(asked, response);
    });
    const options = {
      dispatcher: createDispatcher(own.pool),
      method: "POST",
      body: "now",
      expectContinue: true,
    } as const;
    const echo = await echoed(request(`${own.url}/echo`, options));

    assert.equal(echo.body, "now");
    assert.equal(echo.headers["expect"], "100-continue");
  });

  it("answers stream and pipeline of undici", async () => {
    const parts: Buffer[] = [];
    await stream(
      `${origin.url}/large`,
      { dispatcher, method: "GET" },
      () =>
        new Writable({
          write(chunk: Buffer, _encoding, done) {
            parts.push(chunk);
            setImmediate(done);
          },
        }),
    );
    assert.equal(Buffer.concat(parts).length, 300_000);

    const through = pipeline(`${origin.url}/mirror`, { dispatcher, method: "POST" }, ({ body }) => body);
    through.end("there and back");
    assert.equal(await text(through), "there and back");
  });

  it("holds the server back while nobody reads", async () => {
    let written = 0;
    await using own = await openOrigin((_request, response) => {
      const fill = () => {
        while (response.write(Buffer.alloc(65_536))) written += 1;
        written += 1;
      };
      response.on("drain", fill);
      fill();
    });
    const { body } = await request(own.url, { dispatcher: createDispatcher(own.pool) });
    const counts: number[] = [];
    while (counts.length < 2 || counts.at(-1) !== counts.at(-2)) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      counts.push(written);
    }
    assert.ok(written < 1_000, `${written} writes were taken by nobody`);

    const closed = new Promise((resolve) => body.on("close", resolve));
    body.on("error", () => {});
    body.destroy();
    await closed;
    assert.equal(own.pool.idle, 0);
  });

  it("ends a request whose signal aborts, before and during the answer", async () => {
    for (const path of ["/never", "/begun"]) {
      const controller = new AbortController();
      const pending = request(origin.url + path, { dispatcher, signal: controller.signal }).then(
        ({ body }) => {
          setImmediate(() => controller.abort());
          return body.text();
        },
      );
      const failed = assert.rejects(pending, { name: "AbortError" });
      if (path === "/never") setTimeout(() => controller.abort(), 20);
      await failed;
    }
  });

  it("hands an upgraded connection over", async () => {
    await using own = await openOrigin();
    own.server.on("upgrade", (_request: IncomingMessage, socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nhello ");
      socket.pipe(socket);
    });
    const { socket, headers } = await upgrade(own.url, {
      dispatcher: createDispatcher(own.pool),
      protocol: "echo",
    });
    socket.end("there");

    assert.equal(headers["upgrade"], "echo");
    assert.equal(await text(socket), "hello there");
  });

  it("works below undici's interceptors", async () => {
    let failures = 2;
    await using own = await openOrigin((asked, response) => {
      if (asked.url === "/flaky" && failures-- > 0) response.writeHead(503).end("busy");
      else answerByPath(asked, response);
    });
    const composed = createDispatcher(own.pool).compose(
      interceptors.retry({ maxRetries: 3, minTimeout: 1, maxTimeout: 5 }),
      interceptors.redirect({ maxRedirections: 3 }),
      interceptors.dump({ maxSize: 1 << 20 }),
    );
    const flaky = await request(`${own.url}/flaky`, { dispatcher: composed });
    const moved = await request(`${own.url}/redirect?to=/json`, { dispatcher: composed });

    assert.equal(flaky.statusCode, 404);
    assert.equal(failures, -1);
    assert.equal(moved.statusCode, 200);
    await moved.body.dump();
    await flaky.body.dump();
  });

  it("carries the fetch of undici, which decodes by itself", async () => {
    const response = await fetch(`${origin.url}/encoded?by=gzip`, { dispatcher });

    assert.equal(await response.text(), plainText);
  });

  it("bounds the wait for the head, and for each piece of the content", async () => {
    const late = (error: unknown) => isMillraceError(error, "timeout");
    await assert.rejects(request(`${origin.url}/never`, { dispatcher, headersTimeout: 30 }), late);
    const { body } = await request(`${origin.url}/begun`, { dispatcher, bodyTimeout: 30 });
    await assert.rejects(body.text(), late);
  });

  it("fails with what the service failed with, and with what cannot be sent", async () => {
    const broken = createDispatcher(
      fromFunction<HttpRequest, HttpResponse>(() => Promise.reject(new RangeError("down"))),
    );

    await assert.rejects(request("http://a.test/", { dispatcher: broken }), { message: "down" });
    await assert.rejects(request(origin.url, { dispatcher, headers: { "a b": "c" } }), TypeError);
    await assert.rejects(request(`${origin.url}/drop`, { dispatcher }), (error) =>
      isMillraceError(error, "connection-lost"),
    );
  });

  it("takes nothing new once closed, lets requests finish, and ends them when destroyed", async () => {
    const own = createDispatcher(origin.pool);
    const { body } = await request(`${origin.url}/chunks`, { dispatcher: own });
    let over = false;
    const closed = own.close().then(() => (over = true));
    await assert.rejects(request(origin.url, { dispatcher: own }), (error) =>
      isMillraceError(error, "closed"),
    );
    assert.equal(over, false);
    assert.equal(await body.text(), "one two three");
    await closed;

    const other = createDispatcher(origin.pool);
    const pending = request(`${origin.url}/never`, { dispatcher: other });
    const failed = assert.rejects(pending, { message: "enough" });
    await other.destroy(new Error("enough"));
    await failed;
    const { closed: isClosed, destroyed } = other as unknown as { closed: boolean; destroyed: boolean };
    assert.deepEqual([isClosed, destroyed], [true, true]);
    await new Promise<void>((resolve) => other.close(resolve));
    await new Promise<void>((resolve) => other.destroy(null, resolve));
  });
});

async function echoed(pending: Promise<Dispatcher.ResponseData>): Promise<Echo> {
  return (await (await pending).body.json()) as Echo;
}
