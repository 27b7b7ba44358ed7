import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { echo, type Origin, startOrigin, startRawOrigin } from "./origin.js";
import { exchange, RawClient, statusesIn } from "./raw-client.js";
import { type StartedProxy, startProxy } from "./start-proxy.js";

const curl = promisify(execFile);

describe("the proxy", () => {
  let origin: Origin;
  let proxy: StartedProxy;
  before(async () => {
    origin = await startOrigin(echo);
    proxy = await startProxy({ origins: [origin.url] });
  });
  after(async () => {
    await proxy[Symbol.asyncDispose]();
    await origin[Symbol.asyncDispose]();
  });

  for (const method of [
    "GET",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "PROPFIND",
    "PURGE",
    "M-SEARCH",
  ]) {
    it(`passes ${method} on, and the answer back, as it would be without it`, async () => {
      const request = (host: string) =>
        `${method} /a/b?c=%20d HTTP/1.1\r\nHost: ${host}\r\nX-A: 1\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc`;
      const through = bodyOf(await exchange(proxy.port, request("a.test")));
      const direct = bodyOf(await exchange(origin.port, request("a.test")));

      assert.deepEqual([through.method, through.url, through.body], [direct.method, direct.url, direct.body]);
      assert.equal(fieldOf(through.rawHeaders, "x-a"), "1");
      assert.equal(fieldOf(through.rawHeaders, "host"), "a.test");
    });
  }

  it("answers TRACE and CONNECT itself", async () => {
    const trace = await exchange(
      proxy.port,
      "TRACE / HTTP/1.1\r\nHost: a\r\nCookie: x\r\nConnection: close\r\n\r\n",
    );
    const tunnel = await exchange(
      proxy.port,
      "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\nConnection: close\r\n\r\n",
    );

    assert.deepEqual([statusesIn(trace), statusesIn(tunnel)], [[405], [405]]);
    assert.doesNotMatch(trace, /Cookie/);
  });

  it("passes content of fixed length and in chunks, with its trailers", async () => {
    const fixed = await fetch(`${proxy.url}/`, { method: "POST", body: "x".repeat(100_000) });
    assert.equal(((await fixed.json()) as Echoed).body.length, 100_000);
    const chunked =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: Sum\r\nConnection: close\r\n\r\n";
    using client = await RawClient.connect(proxy.port);
    client.send(chunked);
    for (const piece of ["3;ext=1\r\nabc\r\n", "2\r\n", "de\r", "\n0\r\nSum: 7\r\n\r\n"]) client.send(piece);
    const seen = bodyOf(await client.ended());

    assert.deepEqual([seen.body, seen.rawTrailers], ["abcde", ["Sum", "7"]]);
    assert.equal(fieldOf(seen.rawHeaders, "transfer-encoding"), "chunked");
  });

  it("speaks 1.1 to the origin and closes after a client of 1.0", async () => {
    const answer = await exchange(proxy.port, "GET / HTTP/1.0\r\nHost: a\r\n\r\n");

    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
    assert.doesNotMatch(answer, /Transfer-Encoding/i);
    assert.equal(bodyOf(answer).httpVersion, "1.1");
    assert.equal(fieldOf(bodyOf(answer).rawHeaders, "via"), "1.0 millrace");
  });

  it("keeps the connection of a 1.0 client that asks for it", async () => {
    using client = await RawClient.connect(proxy.port);
    for (let count = 0; count < 2; count += 1) {
      client.text = "";
      client.send("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
      await client.until(/Connection: keep-alive\r\n[\s\S]*\}$/);
    }

    assert.equal(client.over, undefined);
  });

  it("answers pipelined requests in order", async () => {
    const answer = await exchange(
      proxy.port,
      [1, 2, 3]
        .map((at) => `GET /${at} HTTP/1.1\r\nHost: a\r\n${at === 3 ? "Connection: close\r\n" : ""}\r\n`)
        .join(""),
    );

    assert.deepEqual(
      [...answer.matchAll(/"url":"(\/\d)"/g)].map(([, url]) => url),
      ["/1", "/2", "/3"],
    );
  });

  it("takes absolute and asterisk targets", async () => {
    const get = (line: string) => exchange(proxy.port, `${line}\r\nHost: other\r\nConnection: close\r\n\r\n`);
    const absolute = bodyOf(await get("GET http://a.test:81/x?y HTTP/1.1"));
    const asterisk = bodyOf(await get("OPTIONS * HTTP/1.1"));

    assert.deepEqual([absolute.url, fieldOf(absolute.rawHeaders, "host")], ["/x?y", "a.test:81"]);
    assert.equal(asterisk.url, "*");
  });

  it("uses few connections to the origin for many requests", async () => {
    const before = origin.connections.size;
    for (let count = 0; count < 20; count += 1) await (await fetch(proxy.url)).text();

    assert.ok(origin.connections.size - before <= 1, `${origin.connections.size - before} connections`);
  });

  it("tells curl to go on when the origin does", async () => {
    const expect = ["-s", "-v", "-H", "Expect: 100-continue", "--data-binary", "x".repeat(2_000), proxy.url];
    const { stdout, stderr } = await curl("curl", expect);

    assert.match(stderr, /HTTP\/1\.1 100 Continue/);
    assert.equal((JSON.parse(stdout) as Echoed).body.length, 2_000);
  });
});

const answers: readonly (readonly [what: string, answer: string, method: string, expected: RegExp])[] = [
  [
    "passes the length on that HEAD tells",
    "200 OK\r\nContent-Length: 77",
    "HEAD",
    /Content-Length: 77\r\n(?:.+\r\n)*\r\n$/,
  ],
  [
    "passes 204 without any length",
    "204 No Content",
    "GET",
    /^HTTP\/1\.1 204 No Content\r\n(?!.*(Length|chunked))[\s\S]*\r\n\r\n$/,
  ],
  [
    "passes 304 without content",
    '304 Not Modified\r\nETag: "a"',
    "GET",
    /^HTTP\/1\.1 304 Not Modified\r\n[\s\S]*ETag: "a"[\s\S]*\r\n\r\n$/,
  ],
  [
    "passes an answer without a reason",
    "200\r\nContent-Length: 2",
    "GET",
    /^HTTP\/1\.1 200 \r\n[\s\S]*\r\n\r\nok$/,
  ],
];

describe("the proxy, for answers of all kinds", () => {
  let answer = "";
  let ends = false;
  let origin: Awaited<ReturnType<typeof startRawOrigin>>;
  let proxy: StartedProxy;
  before(async () => {
    origin = await startRawOrigin((socket) => {
      socket.write(answer);
      if (ends) socket.end();
    });
    proxy = await startProxy({ origins: [origin.url] });
  });
  after(async () => {
    await proxy[Symbol.asyncDispose]();
    await origin[Symbol.asyncDispose]();
  });

  for (const [what, head, method, expected] of answers) {
    it(what, async () => {
      answer = `HTTP/1.1 ${head}\r\n\r\n${head.endsWith("Length: 2") ? "ok" : ""}`;
      const text = await exchange(proxy.port, `${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);

      assert.match(text, expected);
    });
  }

  it("passes early hints on, any number, and to no client of 1.0", async () => {
    answer =
      "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nConnection: X\r\nX: 1\r\n\r\n" +
      "HTTP/1.1 103 Early Hints\r\nLink: </b.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    const ask = (version: string) =>
      exchange(proxy.port, `GET / HTTP/${version}\r\nHost: a\r\nConnection: close\r\n\r\n`);

    assert.match(
      await ask("1.1"),
      /^HTTP\/1\.1 103 [\s\S]*<\/a\.css>\r\n\r\nHTTP\/1\.1 103 [\s\S]*<\/b\.css>\r\n\r\nHTTP\/1\.1 200 /,
    );
    assert.match(await ask("1.0"), /^HTTP\/1\.1 200 /);
  });

  it("passes trailers on to those who ask for them", async () => {
    answer =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Sum\r\n\r\n2\r\nok\r\n0\r\nSum: 7\r\n\r\n";
    const ask = (te: string) =>
      exchange(proxy.port, `GET / HTTP/1.1\r\nHost: a\r\n${te}Connection: close\r\n\r\n`);

    assert.match(await ask("TE: trailers\r\n"), /\r\n2\r\nok\r\n0\r\nSum: 7\r\n\r\n$/);
    assert.match(await ask(""), /\r\n2\r\nok\r\n0\r\n\r\n$/);
  });

  it("passes on what an origin of 1.0 ends by closing", async () => {
    answer = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nto the end";
    ends = true;
    const text = await exchange(proxy.port, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    ends = false;

    assert.match(text, /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\na\r\nto the end\r\n0\r\n\r\n$/);
  });

  it("keeps a client's connection although the origin closes its own", async () => {
    answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
    ends = true;
    using client = await RawClient.connect(proxy.port);
    for (let count = 0; count < 3; count += 1) {
      client.text = "";
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await client.until(/\r\n\r\nok$/);
    }
    ends = false;

    assert.equal(client.over, undefined);
  });
});

interface Echoed {
  readonly method: string;
  readonly url: string;
  readonly httpVersion: string;
  readonly rawHeaders: readonly string[];
  readonly rawTrailers: readonly string[];
  readonly body: string;
}

function bodyOf(answer: string): Echoed {
  return JSON.parse(answer.slice(answer.indexOf("{"), answer.lastIndexOf("}") + 1)) as Echoed;
}

function fieldOf(rawHeaders: readonly string[], name: string): string | undefined {
  const at = rawHeaders.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name);
  return rawHeaders[at + 1];
}
