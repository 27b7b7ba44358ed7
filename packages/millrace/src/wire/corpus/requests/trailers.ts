import { chunked, get, type RequestCase, refuses, serves, waits } from "../cases.js";

const rule = "RFC 9112 §7.1.2";
const withTrailers = (...lines: string[]) =>
  chunked(`1\r\nx\r\n0\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`);
const merged = "RFC 9110 §6.5.1";

/** Trailer sections: kept apart from the head, harmless, and held to its rules. */
export const trailerCases: readonly RequestCase[] = [
  {
    name: "one trailer",
    rule,
    input: withTrailers("X: y"),
    expect: serves({ method: "POST", body: "x", trailers: ["X: y"] }),
  },
  {
    name: "several trailers",
    rule,
    input: withTrailers("X: 1", "Y:2", "X: 3 "),
    expect: serves({ method: "POST", body: "x", trailers: ["X: 1", "Y: 2", "X: 3"] }),
  },
  {
    name: "a trailer and another request",
    rule,
    input: withTrailers("X: y") + get(),
    expect: serves({ method: "POST", body: "x", trailers: ["X: y"] }, {}),
  },
  { name: "trailers that have not come whole", rule, input: chunked("0\r\nX: y\r\n"), expect: waits() },
  {
    name: "a length in a trailer",
    rule: merged,
    input: withTrailers("Content-Length: 5"),
    expect: refuses(400, "trailer"),
  },
  {
    name: "a coding in a trailer",
    rule: merged,
    input: withTrailers("Transfer-Encoding: chunked"),
    expect: refuses(400, "trailer"),
  },
  {
    name: "a Host in a trailer",
    rule: merged,
    input: withTrailers("Host: b"),
    expect: refuses(400, "trailer"),
  },
  {
    name: "a Host in a trailer, in capitals, second",
    rule: merged,
    input: withTrailers("X: y", "HOST: b"),
    expect: refuses(400, "trailer"),
  },
  ...[
    "Authorization: x",
    "Proxy-Authorization: x",
    "Cookie: a=b",
    "Forwarded: for=1",
    "X-Forwarded-For: 1",
  ].map(
    (line): RequestCase => ({
      name: `a trailer of ${line}`,
      rule: merged,
      input: withTrailers(line),
      expect: refuses(400, "trailer"),
    }),
  ),
  {
    name: "a space before a trailer's colon",
    rule,
    input: withTrailers("X : y"),
    expect: refuses(400, "field-name"),
  },
  { name: "a trailer without a colon", rule, input: withTrailers("X"), expect: refuses(400, "field-name") },
  { name: "a trailer without a name", rule, input: withTrailers(": y"), expect: refuses(400, "field-name") },
  { name: "a folded trailer", rule, input: withTrailers("X: y", " z"), expect: refuses(400, "obs-fold") },
  {
    name: "a blank before the first trailer",
    rule,
    input: withTrailers(" X: y"),
    expect: refuses(400, "obs-fold"),
  },
  {
    name: "a control in a trailer",
    rule,
    input: withTrailers("X: \x01"),
    expect: refuses(400, "field-value"),
  },
  { name: "a NUL in a trailer", rule, input: withTrailers("X: a\0b"), expect: refuses(400, "field-value") },
  {
    name: "a line feed after a trailer",
    rule: "TERM.TRAIL",
    input: chunked("0\r\nX: y\n\r\n"),
    expect: refuses(400, "bare-lf"),
  },
  {
    name: "a carriage return within a trailer",
    rule: "TERM.TRAIL",
    input: chunked("0\r\nX: y\rZ: w\r\n\r\n"),
    expect: refuses(400, "bare-cr"),
  },
  {
    name: "a request where trailers end with a line feed",
    rule: "TERM.TRAIL",
    input: chunked(`0\r\nX: y\n\n${get()}`),
    expect: refuses(400, "bare-lf"),
  },
  {
    name: "trailers that are a request",
    rule: "TE.0",
    input: chunked("0\r\nGET /smuggled HTTP/1.1\r\n\r\n"),
    expect: refuses(400, "field-name"),
  },
];
