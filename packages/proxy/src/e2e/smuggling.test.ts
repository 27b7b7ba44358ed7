import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type RawOrigin, startRawOrigin } from "./origin.js";
import { exchange, RawClient, statusesIn } from "./raw-client.js";
import { type StartedProxy, startProxy } from "./start-proxy.js";

const inner = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
const post = "POST / HTTP/1.1\r\nHost: a\r\n";
const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n`;

/** Requests that must not reach the origin at all. */
const refused: readonly (readonly [what: string, status: number, text: string])[] = [
  [
    "Content-Length beside Transfer-Encoding",
    400,
    `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  [
    "Transfer-Encoding beside Content-Length",
    400,
    `${post}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n`,
  ],
  ["two lengths", 400, `${post}Content-Length: 0\r\nContent-Length: 36\r\n\r\n`],
  ["two equal lengths", 400, `${post}Content-Length: 0\r\nContent-Length: 0\r\n\r\n`],
  ["a list of lengths", 400, `${post}Content-Length: 0, 0\r\n\r\n`],
  ["a length with a sign", 400, `${post}Content-Length: +0\r\n\r\n`],
  ["a length in hexadecimal", 400, `${post}Content-Length: 0x0\r\n\r\n`],
  ["a length beyond all numbers", 400, `${post}Content-Length: 18446744073709551616\r\n\r\n`],
  ["an empty length", 400, `${post}Content-Length: \r\n\r\n`],
  ["a blank before the colon of a length", 400, `${post}Content-Length : 0\r\n\r\n`],
  ["a blank before the colon of a coding", 400, `${post}Transfer-Encoding : chunked\r\n\r\n`],
  ["a coding after a vertical tab", 400, `${post}Transfer-Encoding: \x0bchunked\r\n\r\n`],
  ["a coding with a NUL", 400, `${post}Transfer-Encoding: chunked\0\r\n\r\n`],
  ["a coding in quotes", 400, `${post}Transfer-Encoding: "chunked"\r\n\r\n`],
  ["chunked twice", 400, `${post}Transfer-Encoding: chunked, chunked\r\n\r\n`],
  ["two coding lines", 400, `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n`],
  ["an empty member before chunked", 400, `${post}Transfer-Encoding: ,chunked\r\n\r\n`],
  ["chunked that is not last", 400, `${post}Transfer-Encoding: chunked, gzip\r\n\r\n`],
  ["a coding that is nearly chunked", 400, `${post}Transfer-Encoding: xchunked\r\n\r\n`],
  ["a coding we do not know", 501, `${post}Transfer-Encoding: gzip, chunked\r\n\r\n`],
  ["an empty coding", 400, `${post}Transfer-Encoding: \r\nContent-Length: 0\r\n\r\n`],
  ["a folded coding", 400, `${post}Transfer-Encoding:\r\n chunked\r\n\r\n`],
  ["a coding in 1.0", 400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
  ["two hosts", 400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"],
  ["no host", 400, "GET / HTTP/1.1\r\n\r\n"],
  ["a host with a path", 400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"],
  ["a folded line", 400, "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n GET /smuggled HTTP/1.1\r\n\r\n"],
  ["a bare line feed", 400, "GET / HTTP/1.1\nHost: a\n\n"],
  ["a bare carriage return", 400, "GET / HTTP/1.1\r\nHost: a\r\nX: 1\rTransfer-Encoding: chunked\r\n\r\n"],
  ["a head that ends in CR CR", 400, "GET / HTTP/1.1\r\nHost: a\r\n\rX: 1\r\n\r\n"],
  ["an empty name", 400, "GET / HTTP/1.1\r\nHost: a\r\n: 1\r\n\r\n"],
  ["a line without a colon", 400, "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n"],
  ["a name with a blank", 400, "GET / HTTP/1.1\r\nHost: a\r\nX Y: 1\r\n\r\n"],
  ["a control character in a value", 400, "GET / HTTP/1.1\r\nHost: a\r\nX: \x07\r\n\r\n"],
  ["a blank in the target", 400, "GET / x HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["bytes beyond ASCII in the target", 400, "GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["a fragment", 400, "GET /#a HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["another version", 505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"],
  ["the preface of HTTP/2", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ["an expectation that cannot be met", 417, "GET / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n"],
];

/** Requests whose beginning may reach the origin, and nothing of what is hidden behind it. */
const cut: readonly (readonly [what: string, text: string])[] = [
  ["a chunk size with a sign", `${chunked}+0\r\n\r\n`],
  ["a chunk size with 0x", `${chunked}0x0\r\n\r\n`],
  ["a chunk size with a blank", `${chunked}0 \r\n\r\n`],
  ["a chunk size of too many digits", `${chunked}00000000000000000000\r\n\r\n`],
  ["a chunk size that ends in a line feed", `${chunked}0\n\r\n`],
  ["a chunk extension without a name", `${chunked}0;\r\n\r\n`],
  ["a chunk extension with a line feed", `${chunked}0;a\nb\r\n\r\n`],
  ["content longer than its chunk", `${chunked}1\r\nabc\r\n0\r\n\r\n`],
  ["a chunk that ends in a line feed", `${chunked}1\r\na\n0\r\n\r\n`],
  ["a chunk that ends in two bytes of something else", `${chunked}1\r\naXX0\r\n\r\n`],
  ["a length in the trailers", `${chunked}0\r\nContent-Length: 5\r\n\r\n`],
  ...["Host", "Authorization", "Cookie", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host"].map(
    (name) => [`${name} in the trailers`, `${chunked}0\r\n${name}: a\r\n\r\n`] as const,
  ),
  ["a trailer without a colon", `${chunked}0\r\nX\r\n\r\n`],
];

describe("the proxy, attacked", () => {
  let origin: RawOrigin;
  let proxy: StartedProxy;
  let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  before(async () => {
    origin = await startRawOrigin((socket, received) => {
      if (/\r\n\r\n$|0\r\n(?:.+\r\n)*\r\n$/.test(received)) socket.write(answer);
    });
    proxy = await startProxy({ origins: [origin.url], outlier: { consecutiveFailures: "none" } });
  });
  after(async () => {
    await proxy[Symbol.asyncDispose]();
    await origin[Symbol.asyncDispose]();
  });

  for (const [what, status, text] of refused) {
    it(`refuses ${what} with ${status}, and the origin hears nothing`, async () => {
      const before = origin.received.join("");
      const answered = await exchange(proxy.port, text + inner);

      assert.deepEqual(statusesIn(answered), [status]);
      assert.match(answered, /\r\nConnection: close\r\n/);
      assert.equal(origin.received.join(""), before);
    });
  }

  for (const [what, text] of cut) {
    it(`breaks off at ${what}`, async () => {
      const [status, ...more] = statusesIn(await exchange(proxy.port, text + inner));

      assert.ok(status === 400 || status === 413, `status ${status}`);
      assert.deepEqual(more, []);
      assert.doesNotMatch(origin.received.join(""), /smuggled/);
    });
  }

  it("writes what it passes on in one form, whatever form it came in", async () => {
    const text = [
      "POST http://right.test:81/a?b HTTP/1.1",
      "hOST: wrong.test",
      "X-Tabs:\t  spaced \t ",
      "TRANSFER-encoding: CHUNKED",
      "Connection: close, X-Gone",
      "X-Gone: 1",
      "X_Forwarded_For: 6.6.6.6",
      "X-Request-Id: abc",
      "",
      '00003;a=b;c="d"',
      "abc",
      "0;last",
      "X-Trailer: t",
      "",
      "",
    ].join("\r\n");
    await exchange(proxy.port, text);
    const seen = origin.received.at(-1)!.split("POST ").at(-1)!;

    assert.equal(
      seen,
      [
        "/a?b HTTP/1.1",
        "Host: right.test:81",
        "X-Tabs: spaced",
        "X-Request-Id: abc",
        "Via: 1.1 millrace",
        "X-Forwarded-For: 127.0.0.1",
        "X-Forwarded-Proto: http",
        "X-Forwarded-Host: right.test:81",
        'Forwarded: for=127.0.0.1;host="right.test:81";proto=http',
        "Transfer-Encoding: chunked",
        "",
        "3",
        "abc",
        "0",
        "X-Trailer: t",
        "",
        "",
      ].join("\r\n"),
    );
  });

  it("takes content of a GET for content", async () => {
    const answered = await exchange(
      proxy.port,
      `GET /carrier HTTP/1.1\r\nHost: a\r\nContent-Length: ${inner.length}\r\nConnection: close\r\n\r\n${inner}`,
    );
    const carrier = origin.received.find((text) => text.includes("/carrier"))!;

    assert.deepEqual(statusesIn(answered), [200]);
    assert.match(carrier, new RegExp(`Content-Length: ${inner.length}\r\n\r\nGET /smuggled`));
  });

  for (const expect of ["", "Expect: 100-continue\r\n"]) {
    it(`uses no connection again on which the origin has answered too early${expect && ", 100-continue or not"}`, async () => {
      const path = `/early${expect.length}`;
      using client = await RawClient.connect(proxy.port);
      client.send(`POST ${path} HTTP/1.1\r\nHost: a\r\n${expect}Content-Length: ${inner.length}\r\n\r\n`);
      await client.until(/^HTTP\/1\.1 200 /);
      client.send(inner);
      await client.ended();
      await exchange(proxy.port, "GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      const early = origin.received.find((text) => text.includes(path))!;

      assert.doesNotMatch(early.slice(early.indexOf(path)), /smuggled|\/next/);
    });
  }

  const poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";
  for (const [what, method, text, first] of [
    ["a second answer", "GET", `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok${poison}`, 200],
    ["content of an answer to HEAD", "HEAD", `HTTP/1.1 200 OK\r\nContent-Length: 67\r\n\r\n${poison}`, 200],
    ["content of a 204", "GET", `HTTP/1.1 204 No Content\r\n\r\n${poison}`, 204],
    ["content of a 304", "GET", `HTTP/1.1 304 Not Modified\r\nContent-Length: 50\r\n\r\n${poison}`, 304],
    [
      "an answer of two lengths",
      "GET",
      `HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 50\r\n\r\n${poison}`,
      502,
    ],
    [
      "a length beside chunks",
      "GET",
      `HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${poison}`,
      502,
    ],
    [
      "a switch of protocols that nobody asked for",
      "GET",
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n${poison}`,
      502,
    ],
    ["a folded line", "GET", `HTTP/1.1 200 OK\r\nX: 1\r\n 2\r\nContent-Length: 0\r\n\r\n${poison}`, 502],
  ] as const) {
    it(`gives nobody else ${what}`, async () => {
      const ordinary = answer;
      answer = text;
      const one = await exchange(proxy.port, `${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      answer = ordinary;
      const next = await exchange(proxy.port, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

      assert.deepEqual(statusesIn(one), [first]);
      assert.doesNotMatch(one + next, /poison/);
      assert.deepEqual(statusesIn(next), [200]);
    });
  }
});
