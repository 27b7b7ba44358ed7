import assert from "node:assert/strict";
import { once } from "node:events";
import {
  Agent,
  get,
  type IncomingMessage,
  type RequestOptions,
  request,
  type ServerResponse,
} from "node:http";
import { get as httpsGet } from "node:https";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import axios from "axios";
import got from "got";
import { createDeferred } from "../../base/deferred.js";
import { isMillraceError } from "../../base/errors.js";
import { fromFunction } from "../../service/index.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { BytesBody, Fields, type HttpRequest, type HttpResponse } from "../../wire/index.js";
import { answerByPath, type Echo, type Origin, openOrigin, plainText } from "../origin.test.fixture.js";
import { createAgent } from "./create-agent.js";

describe("createAgent", () => {
  let origin: Origin;
  let agent: Agent;
  before(async () => {
    origin = await openOrigin();
    agent = createAgent(origin.pool);
  });
  after(async () => {
    agent.destroy();
    await origin[Symbol.asyncDispose]();
  });

  it("answers node:http as a socket to the server does", async () => {
    const direct = new Agent({ keepAlive: true });
    const paths = [
      "/text",
      "/json",
      "/empty",
      "/large",
      "/chunks",
      "/cookies",
      "/nowhere",
      "/status?code=204",
      "/status?code=304",
    ];
    for (const path of paths) {
      for (const method of ["GET", "HEAD"]) {
        const expected = await seen(`${origin.url}${path}`, { agent: direct, method });
        assert.deepEqual(
          await seen(`${origin.url}${path}`, { agent, method }),
          expected,
          `${method} ${path}`,
        );
      }
    }
    direct.destroy();
  });

  it("keeps its sockets for the next request", async () => {
    const own = createAgent(origin.pool);
    const reused: boolean[] = [];
    for (let times = 0; times < 3; times += 1) {
      const asked = get(`${origin.url}/text`, { agent: own });
      const [response] = (await once(asked, "response")) as [IncomingMessage];
      await text(response);
      reused.push(asked.reusedSocket);
      await new Promise((resolve) => setImmediate(resolve));
    }
    own.destroy();

    assert.deepEqual(reused, [false, true, true]);
  });

  it("sends content of any size and kind, and streams both ways", async () => {
    const large = Buffer.alloc(3_000_000, "0123456789");
    const upload = request(`${origin.url}/mirror`, { agent, method: "POST" });
    const answer = once(upload, "response") as Promise<[IncomingMessage]>;
    Readable.from(pieces(large, 50_000)).pipe(upload);
    const back = Buffer.concat(await (await answer)[0].toArray());
    assert.ok(back.equals(large));

    const whole = request(`${origin.url}/echo`, {
      agent,
      method: "PUT",
      headers: { "Content-Length": 5, "X-A": "1" },
    });
    whole.end("12345");
    const echo = JSON.parse(await text(((await once(whole, "response")) as [IncomingMessage])[0])) as Echo;
    assert.deepEqual(
      [echo.method, echo.body, echo.headers["x-a"], echo.headers["content-length"]],
      ["PUT", "12345", "1", "5"],
    );
  });

  it("passes on Expect, interim responses and trailers", async () => {
    await using own = await openOrigin((asked, response) => {
      response.writeEarlyHints({ link: "</style.css>; rel=preload" });
      answerByPath(asked, response);
    });
    own.server.on("checkContinue", (asked: IncomingMessage, response: ServerResponse) => {
      response.writeContinue();
      answerByPath(asked, response);
    });
    const ownAgent = createAgent(own.pool);
    const asked = request(`${own.url}/echo`, {
      agent: ownAgent,
      method: "POST",
      headers: { Expect: "100-continue" },
    });
    asked.flushHeaders();
    await once(asked, "continue");
    asked.end("at last");
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    assert.equal((JSON.parse(await text(response)) as Echo).body, "at last");

    const hinted = get(`${own.url}/trailers`, { agent: ownAgent, headers: { TE: "trailers" } });
    const [information] = (await once(hinted, "information")) as [{ statusCode: number }];
    const [trailed] = (await once(hinted, "response")) as [IncomingMessage];
    await text(trailed);
    assert.equal(information.statusCode, 103);
    assert.equal(trailed.trailers["x-sum"], "42");
    ownAgent.destroy();
  });

  it("hands an upgraded connection over", async () => {
    await using own = await openOrigin();
    own.server.on("upgrade", (_request: IncomingMessage, socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nhello ");
      socket.pipe(socket);
    });
    const ownAgent = createAgent(own.pool);
    const asked = get(own.url, { agent: ownAgent, headers: { Connection: "upgrade", Upgrade: "echo" } });
    const [, socket, head] = (await once(asked, "upgrade")) as [
      IncomingMessage,
      NodeJS.ReadWriteStream,
      Buffer,
    ];
    socket.end("there");

    assert.equal(head.toString() + (await text(socket)), "hello there");
    ownAgent.destroy();
  });

  it("fails a request with what its call failed with", async () => {
    const down = createAgent(
      fromFunction<HttpRequest, HttpResponse>(() => Promise.reject(new RangeError("down"))),
    );
    const [error] = (await once(get("http://a.test/", { agent: down }), "error").catch((caught: unknown) => [
      caught,
    ])) as [Error];
    assert.equal(error.message, "down");

    const cut = get(`${origin.url}/cut`, { agent });
    const [response] = (await once(cut, "response")) as [IncomingMessage];
    await assert.rejects(text(response));
    const refused = get("http://a.test/", { agent, headers: { Host: "not a host" } });
    await assert.rejects(once(refused, "response"), /not a host/);
    down.destroy();
  });

  it("ends the call of a request that is given up", async () => {
    const aborted = createDeferred<unknown>();
    const waiting = createAgent(
      fromFunction<HttpRequest, HttpResponse>((_request, context) => {
        context.onAbort({ callAborted: (reason) => aborted.resolve(reason) });
        return new Promise(() => {});
      }),
    );
    const asked = get("http://a.test/", { agent: waiting });
    asked.on("error", () => {});
    await new Promise((resolve) => setImmediate(resolve));
    asked.destroy();

    assert.ok(isMillraceError(await aborted.promise, "aborted"));
    waiting.destroy();
  });

  it("times out by its own clock, and leaves nothing behind", async () => {
    const clock = new VirtualClock();
    const waiting = createAgent(
      fromFunction<HttpRequest, HttpResponse>(() => new Promise(() => {})),
      { clock },
    );
    const asked = get("http://a.test/", { agent: waiting, timeout: 1_000 });
    asked.on("error", () => {});
    let timedOut = false;
    asked.on("timeout", () => {
      timedOut = true;
      asked.destroy();
    });
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(900);
    assert.equal(timedOut, false);
    await clock.advance(1_200);
    assert.equal(timedOut, true);
    waiting.destroy();
    await clock.advance(1_000);

    assert.equal(clock.pending, 0);
  });

  it("serves https URLs when it is said to be for them", async () => {
    const schemes: string[] = [];
    const secure = createAgent(
      fromFunction<HttpRequest, HttpResponse>(({ target }) => {
        schemes.push(`${target.scheme} ${target.authority}`);
        return { status: 200, reason: "OK", fields: new Fields(), body: BytesBody.ofText("safe") };
      }),
      { scheme: "https" },
    );
    const [response] = (await once(httpsGet("https://a.test/", { agent: secure as never }), "response")) as [
      IncomingMessage,
    ];

    assert.equal(await text(response), "safe");
    assert.deepEqual(schemes, ["https a.test"]);
    secure.destroy();
  });

  it("carries axios", async () => {
    const client = axios.create({ httpAgent: agent, proxy: false, baseURL: origin.url });
    const echo = await client.post<Echo>("/echo", { hello: "wörld" }, { params: { a: 1 }, timeout: 5_000 });
    const missing = client.get("/nowhere");

    assert.equal(echo.data.url, "/echo?a=1");
    assert.equal(Buffer.from(echo.data.body, "latin1").toString(), '{"hello":"wörld"}');
    await assert.rejects(missing, { message: /404/ });
    assert.equal((await client.get<string>("/encoded?by=gzip")).data, plainText);
    assert.equal((await client.get<string>("/redirect?to=/text")).data, "Grüße\n");
    const controller = new AbortController();
    const pending = client.get("/never", { signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    await assert.rejects(pending, { code: "ERR_CANCELED" });
  });

  it("carries got", async () => {
    const client = got.extend({
      agent: { http: agent },
      prefixUrl: origin.url,
      timeout: { request: 5_000 },
      retry: { limit: 0 },
    });
    const echo = await client.post("echo", { json: { a: 1 }, searchParams: { b: 2 } }).json<Echo>();

    assert.deepEqual([echo.url, echo.body], ["/echo?b=2", '{"a":1}']);
    assert.equal(await client("encoded?by=br").text(), plainText);
    assert.equal(await client("redirect?to=/text").text(), "Grüße\n");
    assert.equal((await client("large").buffer()).length, 300_000);
    assert.equal(await text(client.stream("chunks")), "one two three");
    await assert.rejects(client("nowhere"), { name: "HTTPError" });
    await assert.rejects(client("drop"), { name: "RequestError" });
  });
});

async function seen(url: string, options: RequestOptions) {
  const asked = request(url, options);
  asked.end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  const { statusCode, statusMessage, headers } = response;
  // A short answer that came in chunks goes on with its length.
  const framing = ["date", "connection", "keep-alive", "transfer-encoding", "content-length"];
  const rest = Object.fromEntries(Object.entries(headers).filter(([name]) => !framing.includes(name)));
  return { statusCode, statusMessage, headers: rest, text: await text(response) };
}

function* pieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
