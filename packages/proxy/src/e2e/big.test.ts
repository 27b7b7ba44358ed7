import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { after, before, describe, it } from "node:test";
import { type Origin, startOrigin } from "./origin.js";
import { type StartedProxy, startProxy } from "./start-proxy.js";

const mebibyte = 1024 * 1024;
const size = (process.env["MILLRACE_BIG"] === "1" ? 1024 : 256) * mebibyte;
/** How much a worker may grow while it carries that: buffers and garbage, nothing of the content. */
const growthLimit = 64 * mebibyte;

describe("the proxy, for content of hundreds of megabytes", () => {
  let origin: Origin;
  let proxy: StartedProxy;
  before(async () => {
    origin = await startOrigin(async (request, response) => {
      if (request.method === "GET") {
        response.writeHead(200, request.url === "/chunked" ? {} : { "content-length": size });
        await pipeline(content(), response).catch(() => {});
        return;
      }
      let received = 0;
      for await (const chunk of request) received += (chunk as Buffer).length;
      response.end(String(received));
    });
    proxy = await startProxy({ origins: [origin.url] });
  });
  after(async () => {
    await proxy[Symbol.asyncDispose]();
    await origin[Symbol.asyncDispose]();
  });

  for (const path of ["/length", "/chunked"]) {
    it(`passes a download on in flat memory (${path.slice(1)})`, async (t) => {
      await flat(t, async () => {
        const request = httpRequest({ port: proxy.port, host: "127.0.0.1", path, agent: false }).end();
        const [response] = (await once(request, "response")) as [IncomingMessage];
        let received = 0;
        for await (const chunk of response) received += (chunk as Buffer).length;

        assert.equal(received, size);
      });
    });

    it(`passes an upload on in flat memory (${path.slice(1)})`, async (t) => {
      await flat(t, async () => {
        const headers = path === "/chunked" ? {} : { "content-length": size };
        const options = { port: proxy.port, host: "127.0.0.1", path, agent: false, method: "POST", headers };
        const request = httpRequest(options);
        const answered = once(request, "response");
        await pipeline(content(), request);
        const [response] = (await answered) as [IncomingMessage];

        assert.equal(await new Response(Readable.toWeb(response) as ReadableStream).text(), String(size));
      });
    });
  }

  /** Does `work`, and looks at the memory of the worker all the while. */
  async function flat(t: { diagnostic(message: string): void }, work: () => Promise<void>): Promise<void> {
    const before = await proxy.memory();
    let peak = before;
    let working = true;
    const watching = (async () => {
      while (working) peak = Math.max(peak, await proxy.memory());
    })();
    try {
      await work();
    } finally {
      working = false;
      await watching;
    }
    const after = await proxy.memory();
    const [first, most, last] = [before, peak, after].map((bytes) => (bytes / mebibyte).toFixed(1));
    t.diagnostic(`${size / mebibyte} MiB; worker before ${first} MiB, peak ${most} MiB, after ${last} MiB`);

    assert.ok(peak - before < growthLimit, `from ${first} to ${most} MiB`);
  }
});

function content(): Readable {
  const chunk = Buffer.alloc(64 * 1024, "millrace ");
  let left = size;
  return new Readable({
    highWaterMark: chunk.length,
    read() {
      left -= chunk.length;
      this.push(left >= 0 ? chunk : null);
    },
  });
}
