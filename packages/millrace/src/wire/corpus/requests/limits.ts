import { chunked, get, message, post, type RequestCase, refuses, serves } from "../cases.js";

const uri = "RFC 9112 §3, 414";
const fields = "RFC 6585 §5, 431";
const content = "RFC 9110 §15.5.14, 413";
/** `GET /… HTTP/1.1` of exactly `bytes` bytes. */
const requestLine = (bytes: number) => `GET /${"x".repeat(bytes - 14)} HTTP/1.1`;
/** A field line of exactly `bytes` bytes. */
const fieldLine = (bytes: number) => `X: ${"y".repeat(bytes - 3)}`;
const many = (count: number) => Array.from({ length: count }, (_, index) => `X-${index}: y`);
const extension = (bytes: number) => `;${"e".repeat(bytes - 1)}`;
const trailer = (bytes: number) => `X: ${"t".repeat(bytes - 5)}\r\n`;

/** The default limits: what just fits, and what is one over. */
export const limitCases: readonly RequestCase[] = [
  {
    name: "a request line that just fits",
    rule: uri,
    input: message(requestLine(16_384), "Host: a"),
    expect: serves({ path: `/${"x".repeat(16_370)}` }),
  },
  {
    name: "a request line one byte too long",
    rule: uri,
    input: message(requestLine(16_385), "Host: a"),
    expect: refuses(414, "request-line-limit"),
  },
  {
    name: "an endless target",
    rule: uri,
    input: `GET /${"x".repeat(100_000)}`,
    expect: refuses(414, "request-line-limit"),
  },
  {
    name: "an endless method",
    rule: "RFC 9112 §3, 501",
    input: "X".repeat(100_000),
    expect: refuses(501, "method"),
  },
  { name: "a field line that just fits", rule: fields, input: get(fieldLine(16_384)), expect: serves({}) },
  {
    name: "a field line one byte too long",
    rule: fields,
    input: get(fieldLine(16_385)),
    expect: refuses(431, "field-limit"),
  },
  {
    name: "an endless field value",
    rule: fields,
    input: `GET / HTTP/1.1\r\nHost: a\r\nX: ${"y".repeat(100_000)}`,
    expect: refuses(431, "field-limit"),
  },
  {
    name: "an endless field name",
    rule: fields,
    input: `GET / HTTP/1.1\r\nHost: a\r\n${"X".repeat(100_000)}`,
    expect: refuses(431, "field-limit"),
  },
  { name: "as many fields as may be", rule: fields, input: get(...many(99)), expect: serves({}) },
  { name: "one field too many", rule: fields, input: get(...many(100)), expect: refuses(431, "field-limit") },
  { name: "10,000 fields", rule: fields, input: get(...many(10_000)), expect: refuses(431, "field-limit") },
  {
    name: "a head too large of lines that fit",
    rule: fields,
    input: get(...Array.from({ length: 5 }, () => fieldLine(16_000))),
    expect: refuses(431, "head-limit"),
  },
  {
    name: "a large head that fits",
    rule: fields,
    input: get(...Array.from({ length: 4 }, () => fieldLine(16_000))),
    expect: serves({}),
  },
  {
    name: "a head that just fits",
    rule: fields,
    input: get(...Array.from({ length: 4 }, () => fieldLine(16_370))) + get(),
    expect: serves({}, {}),
  },
  {
    name: "a large head, large content and another request",
    rule: fields,
    input: post(
      [...Array.from({ length: 3 }, () => fieldLine(16_000)), "Content-Length: 40000"],
      "z".repeat(40_000) + get(),
    ),
    expect: serves({ method: "POST", body: "z".repeat(40_000) }, {}),
  },
  {
    name: "an extension that just fits",
    rule: content,
    input: chunked(`1${extension(4_096)}\r\nx\r\n0\r\n\r\n`),
    expect: serves({ method: "POST", body: "x" }),
  },
  {
    name: "an extension one byte too long",
    rule: "CVE-2024-22019",
    input: chunked(`1${extension(4_097)}\r\nx\r\n0\r\n\r\n`),
    expect: refuses(413, "chunk-extension-limit"),
  },
  {
    name: "64 KiB of extension",
    rule: "ruling 2.9",
    input: chunked(`1${extension(65_536)}\r\nx\r\n0\r\n\r\n`),
    expect: refuses(413, "chunk-extension-limit"),
  },
  {
    name: "many short extensions",
    rule: "CVE-2024-22019",
    input: chunked(`${"1;abc\r\nx\r\n".repeat(1_025)}0\r\n\r\n`),
    expect: refuses(413, "chunk-extension-limit"),
  },
  {
    name: "trailers that just fit",
    rule: fields,
    input: chunked(`0\r\n${trailer(8_192)}${trailer(8_192)}\r\n`),
    expect: serves({ method: "POST", trailers: [`X: ${"t".repeat(8_187)}`, `X: ${"t".repeat(8_187)}`] }),
  },
  {
    name: "trailers too large of lines that fit",
    rule: fields,
    input: chunked(`0\r\n${trailer(8_192)}${trailer(8_192)}${trailer(8_192)}\r\n`),
    expect: refuses(431, "trailer-limit"),
  },
  {
    name: "an endless trailer",
    rule: fields,
    input: chunked(`0\r\nX: ${"t".repeat(100_000)}`),
    expect: refuses(431, "field-limit"),
  },
  {
    name: "too many trailers",
    rule: fields,
    input: chunked(`0\r\n${"X: y\r\n".repeat(101)}\r\n`),
    expect: refuses(431, "field-limit"),
  },
];
