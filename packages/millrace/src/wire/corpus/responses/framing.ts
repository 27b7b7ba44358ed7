import { answers, answersLast, fails, type ResponseCase } from "../cases.js";

const rule = "RFC 9112 §6.3";
const ok = (lines: readonly string[], content = "") =>
  `HTTP/1.1 200 OK\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n${content}`;
const coded = (content: string, ...lines: string[]) => ok(["Transfer-Encoding: chunked", ...lines], content);

/** How the end of a response is found. */
export const framingCases: readonly ResponseCase[] = [
  {
    name: "a length",
    rule,
    input: ok(["Content-Length: 5"], "hello"),
    expect: answers(200, { body: "hello" }),
  },
  { name: "a length of 0", rule, input: ok(["Content-Length: 0"]), expect: answers(200, { body: "" }) },
  {
    name: "chunks",
    rule: "RFC 9112 §7.1",
    input: coded("5\r\nhello\r\n0\r\n\r\n"),
    expect: answers(200, { body: "hello" }),
  },
  {
    name: "chunks with an extension",
    rule: "RFC 9112 §7.1.1",
    input: coded('5;a="b"\r\nhello\r\n0\r\n\r\n'),
    expect: answers(200, { body: "hello" }),
  },
  {
    name: "chunks with trailers",
    rule: "RFC 9112 §7.1.2",
    input: coded("1\r\nx\r\n0\r\nX: y\r\n\r\n"),
    expect: answers(200, { body: "x", trailers: ["X: y"] }),
  },
  {
    name: "chunks and close",
    rule: "RFC 9112 §9.6",
    input: coded("1\r\nx\r\n0\r\n\r\n", "Connection: close"),
    expect: answersLast(200, { body: "x" }),
  },
  {
    name: "up to the end of the connection",
    rule,
    input: ok([], "hello"),
    ends: true,
    expect: answersLast(200, { body: "hello" }),
  },
  {
    name: "nothing up to the end of the connection",
    rule,
    input: ok([]),
    ends: true,
    expect: answersLast(200, { body: "" }),
  },
  {
    name: "up to the end, in HTTP/1.0",
    rule,
    input: "HTTP/1.0 200 OK\r\n\r\nhello",
    ends: true,
    expect: answersLast(200, { body: "hello" }),
  },
  {
    name: "HTTP/1.0 with keep-alive and a length",
    rule: "RFC 9112 §9.3",
    input: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx",
    expect: answers(200, { body: "x" }),
  },
  {
    name: "HTTP/1.0 with keep-alive and no length",
    rule,
    input: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nx",
    ends: true,
    expect: answersLast(200, { body: "x" }),
  },
  {
    name: "close with a length",
    rule: "RFC 9112 §9.6",
    input: ok(["Content-Length: 1", "Connection: close"], "x"),
    expect: answersLast(200, { body: "x" }),
  },
  {
    name: "a length that the connection does not live to",
    rule: "RFC 9112 §8",
    input: ok(["Content-Length: 6"], "hello"),
    ends: true,
    expect: fails("connection-lost", { status: 200 }),
  },
  {
    name: "chunks without the last",
    rule: "RFC 9112 §8",
    input: coded("5\r\nhello\r\n"),
    ends: true,
    expect: fails("connection-lost", { status: 200 }),
  },
  {
    name: "chunks cut within a size",
    rule: "RFC 9112 §8",
    input: coded("5\r\nhello\r\n1"),
    ends: true,
    expect: fails("connection-lost", { status: 200 }),
  },
  {
    name: "chunks cut before the last empty line",
    rule: "RFC 9112 §8",
    input: coded("5\r\nhello\r\n0\r\n"),
    ends: true,
    expect: fails("connection-lost", { status: 200 }),
  },
  {
    name: "chunks cut within the last empty line",
    rule: "RFC 9112 §8",
    input: coded("5\r\nhello\r\n0\r\n\r"),
    ends: true,
    expect: fails("connection-lost", { status: 200 }),
  },
  ...["", "-1", "+5", "0x5", "5 5", "5,5", "5, 5", "5, 6", "5a", "9007199254740992", "5;", "\xb2"].map(
    (value): ResponseCase => ({
      name: `Content-Length: ${JSON.stringify(value)}`,
      rule: "RFC 9112 §6.3 item 5",
      input: ok([`Content-Length: ${value}`], "hello"),
      expect: fails("content-length"),
    }),
  ),
  {
    name: "two lengths",
    rule: "CL.CL",
    input: ok(["Content-Length: 5", "Content-Length: 6"], "hello"),
    expect: fails("content-length"),
  },
  {
    name: "two equal lengths",
    rule: "CL.CL",
    input: ok(["Content-Length: 5", "Content-Length: 5"], "hello"),
    expect: fails("content-length"),
  },
  {
    name: "a length and a coding",
    rule: "RFC 9112 §6.3 item 3",
    input: coded("0\r\n\r\n", "Content-Length: 5"),
    expect: fails("content-length-and-transfer-encoding"),
  },
  {
    name: "a coding in HTTP/1.0",
    rule: "RFC 9112 §6.1",
    input: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    expect: fails("transfer-encoding"),
  },
  {
    name: "a coding besides chunked",
    rule: "RFC 9112 §6.1",
    input: ok(["Transfer-Encoding: gzip, chunked"], "0\r\n\r\n"),
    expect: fails("transfer-coding-unknown"),
  },
  ...["", "gzip", "identity", "chunked, chunked", "chunked, gzip", "xchunked", ",chunked", "chunked;q=1"].map(
    (value): ResponseCase => ({
      name: `Transfer-Encoding: ${JSON.stringify(value)}`,
      rule: "RFC 9112 §6.3 item 4.2",
      input: ok([`Transfer-Encoding: ${value}`], "0\r\n\r\n"),
      expect: fails("transfer-encoding"),
    }),
  ),
  {
    name: "two codings",
    rule: "TE.TE",
    input: coded("0\r\n\r\n", "Transfer-Encoding: chunked"),
    expect: fails("transfer-encoding"),
  },
  { name: "a size that is none", rule: "RFC 9112 §7.1", input: coded("x\r\n"), expect: fails("chunk-size") },
  {
    name: "a size that is none, after a chunk",
    rule: "RFC 9112 §7.1",
    input: coded("1\r\nx\r\nx\r\n"),
    expect: fails("chunk-size"),
  },
  {
    name: "a size ended by a line feed",
    rule: "ruling 2.9",
    input: coded("1\nx\r\n0\r\n\r\n"),
    expect: fails("chunk-size"),
  },
  {
    name: "data without its end",
    rule: "RFC 9112 §7.1",
    input: coded("1\r\nxy\r\n0\r\n\r\n"),
    expect: fails("chunk-data"),
  },
  {
    name: "an extension of 64 KiB",
    rule: "limit",
    input: coded(`1;${"e".repeat(65_536)}\r\nx\r\n0\r\n\r\n`),
    expect: fails("chunk-extension-limit"),
  },
  {
    name: "a length in a trailer",
    rule: "RFC 9110 §6.5.1",
    input: coded("0\r\nContent-Length: 5\r\n\r\n"),
    expect: fails("trailer"),
  },
];
