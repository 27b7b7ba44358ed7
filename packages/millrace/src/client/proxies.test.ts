import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as requestOnward } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isMillraceError } from "../base/errors.js";
import { listenAsProxy, type ProxyAnswer } from "../channel/proxy/tunnel-proxy.test.fixture.js";
import { authority, keyTwo, serverOne } from "../channel/tls/certificates.test.fixture.js";
import { clientOf, openServer } from "./server.test.fixture.js";

const credentials = { username: "mill", password: "ä:b" };
const authorization = `Basic ${Buffer.from("mill:ä:b", "utf8").toString("base64")}`;

describe("C19: a client with a proxy", () => {
  it("goes straight to the node where the proxy is of type direct", async () => {
    await using server = await openServer((request, response) => response.end(JSON.stringify(request.url)));
    await using client = await clientOf([server.url], { proxy: { type: "direct" } });

    assert.equal(await client.get("/a"), "/a");
  });

  it("sends requests of http to the proxy with whole URLs and credentials", async () => {
    await using server = await openServer((request, response) => {
      response.end(JSON.stringify([request.url, request.headers["proxy-authorization"] ?? null]));
    });
    const heard: unknown[] = [];
    await using proxy = await openServer((request, response) => {
      const { "proxy-authorization": given, ...headers } = request.headers;
      heard.push([request.url, request.headers.host, given]);
      const onward = requestOnward(request.url!, { method: request.method!, headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      });
      request.pipe(onward);
    });
    const hostAndPort = `127.0.0.1:${proxy.port}`;
    await using client = await clientOf([`${server.url}/api`], {
      proxy: { type: "http", hostAndPort, credentials },
    });

    assert.deepEqual(await client.get("/a"), ["/api/a", null]);
    assert.deepEqual(heard, [[`${server.url}/api/a`, `127.0.0.1:${server.port}`, authorization]]);
  });

  it("makes tunnels for requests of https", async () => {
    await using parts = await behindProxy();

    assert.equal(await parts.client.get("/"), 1);
    const [head] = parts.proxy.heads;
    assert.match(head!, new RegExp(`^CONNECT 127\\.0\\.0\\.1:${parts.server.port} HTTP/1\\.1\r\n`));
    assert.ok(head!.includes(`Proxy-Authorization: ${authorization}\r\n`));
  });

  it("fails, naming the status, when the proxy makes no tunnel", async () => {
    await using parts = await behindProxy(() => "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");

    await assert.rejects(parts.client.get("/"), (error) => {
      assert.ok(isMillraceError(error, "connect-failed"));
      assert.match(error.message, /403/);
      return true;
    });
    assert.equal(parts.server.requests, 0);
  });
});

async function behindProxy(answer?: ProxyAnswer) {
  const folder = await mkdtemp(join(tmpdir(), "millrace-proxy-"));
  const caFile = join(folder, "ca.pem");
  await writeFile(caFile, authority);
  const server = await openServer((_, response) => response.end("1"), { key: keyTwo, cert: serverOne });
  const proxy = await listenAsProxy(answer);
  const client = await clientOf([server.url], {
    security: { caFile },
    proxy: { type: "http", hostAndPort: `127.0.0.1:${proxy.port}`, credentials },
    maxRetries: 0,
  });
  return {
    server,
    proxy,
    client,
    async [Symbol.asyncDispose]() {
      await client.close();
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}
