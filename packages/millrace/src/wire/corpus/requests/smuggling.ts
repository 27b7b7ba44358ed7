import { chunked, get, message, post, type RequestCase, refuses, serves, smuggled } from "../cases.js";

const both = "content-length-and-transfer-encoding";
const end = `0\r\n\r\n${smuggled}`;
/** Ways to write a coding that one parser sees and another does not, with a length beside it. */
const hidden: readonly (readonly [line: string, verdict: Parameters<typeof refuses>[1]])[] = [
  ["Transfer-Encoding: chunked", both],
  ["transfer-encoding: CHUNKED", both],
  ["Transfer-Encoding: chunked, identity", both],
  ["Transfer-Encoding: identity, chunked", both],
  ["Transfer-Encoding:\tchunked", both],
  ["Transfer-Encoding:chunked", both],
  ["Transfer-Encoding: xchunked", both],
  ["Transfer-Encoding: ,chunked", both],
  ["Transfer-Encoding: chunked,", both],
  ['Transfer-Encoding: "chunked"', both],
  ["Transfer-Encoding: 'chunked'", both],
  ["Transfer-Encoding: chunked;x", both],
  ["Transfer-Encoding: cow\r\nTransfer-Encoding: chunked", both],
  ["Transfer-Encoding:\r\nTransfer-Encoding: chunked", both],
  ["Transfer-Encoding: \x0bchunked", "field-value"],
  ["Transfer-Encoding: \x0cchunked", "field-value"],
  ["Transfer-Encoding: chunked\0", "field-value"],
  ["Transfer-Encoding: chunked\x7f", "field-value"],
  ["Transfer-Encoding: chun\x01ked", "field-value"],
  ["Transfer-Encoding : chunked", "field-name"],
  ["Transfer-Encoding\t: chunked", "field-name"],
  ["Transfer-Encoding\0: chunked", "field-name"],
  ["Transfer-Encoding\x0b: chunked", "field-name"],
  ["Transfer Encoding: chunked", "field-name"],
  ["\x0bTransfer-Encoding: chunked", "field-name"],
  ["Transfer-Encoding", "field-name"],
  [" Transfer-Encoding: chunked", "obs-fold"],
  ["Transfer-Encoding:\r\n chunked", "obs-fold"],
  ["X: y\r\n Transfer-Encoding: chunked", "obs-fold"],
  ["X: y\rTransfer-Encoding: chunked", "bare-cr"],
  ["X: y\nTransfer-Encoding: chunked", "bare-lf"],
  ["X: y\0\r\nTransfer-Encoding: chunked", "field-value"],
];
const pairs = hidden.filter(([line]) => line !== "Transfer-Encoding");

/** Desync classes: requests that two parsers could divide differently. */
export const smugglingCases: readonly RequestCase[] = [
  ...pairs.map(
    ([line, verdict]): RequestCase => ({
      name: `CL.TE with ${JSON.stringify(line)}`,
      rule: "CL.TE",
      input: post([`Content-Length: ${end.length}`, line], end),
      expect: refuses(400, verdict),
    }),
  ),
  ...hidden.map(
    ([line, verdict]): RequestCase => ({
      name: `TE.CL with ${JSON.stringify(line)}`,
      rule: "TE.CL",
      input: post([line, "Content-Length: 4"], `5c\r\n${smuggled}0\r\n\r\n`),
      expect: refuses(400, verdict),
    }),
  ),
  ...[
    "Transfer-Encoding: x",
    "Transfer-encoding: identity",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding:",
    "transfer-encoding: cow",
  ].map(
    (line): RequestCase => ({
      name: `TE.TE with a second ${JSON.stringify(line)}`,
      rule: "TE.TE",
      input: chunked(`5\r\nhello\r\n${end}`, line),
      expect: refuses(400, "transfer-encoding"),
    }),
  ),
  {
    name: "an underscore for the hyphen of a coding",
    rule: "underscore normalisation",
    input: post(["Transfer_Encoding: chunked", "Content-Length: 5"], "0\r\n\r\n"),
    expect: serves({ method: "POST", body: "0\r\n\r\n", fields: ["Transfer_Encoding: chunked"] }),
  },
  {
    name: "an underscore for the hyphen of a length",
    rule: "underscore normalisation",
    input: post(["Content_Length: 5"], get()),
    expect: serves({ method: "POST" }, {}),
  },
  {
    name: "content of GET that looks like a request",
    rule: "CL.0",
    input: get(`Content-Length: ${smuggled.length}`) + smuggled,
    expect: serves({ body: smuggled }),
  },
  {
    name: "content of OPTIONS that looks like a request",
    rule: "CL.0",
    input: message("OPTIONS * HTTP/1.1", "Host: a", `Content-Length: ${smuggled.length}`) + smuggled,
    expect: serves({ method: "OPTIONS", path: "*", body: smuggled }),
  },
  {
    name: "content of HEAD that looks like a request",
    rule: "CL.0",
    input: message("HEAD / HTTP/1.1", "Host: a", `Content-Length: ${smuggled.length}`) + smuggled,
    expect: serves({ method: "HEAD", body: smuggled }),
  },
  {
    name: "content of CONNECT that looks like a request",
    rule: "CL.0",
    input: message("CONNECT b:1 HTTP/1.1", "Host: b:1", `Content-Length: ${smuggled.length}`) + smuggled,
    expect: serves({ method: "CONNECT", path: "", body: smuggled }),
  },
  {
    name: "chunked content of GET that looks like a request",
    rule: "TE.0",
    input: `${get("Transfer-Encoding: chunked")}${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`,
    expect: serves({ body: smuggled }),
  },
  {
    name: "two lengths, the longer first",
    rule: "CL.CL",
    input: post([`Content-Length: ${smuggled.length}`, "Content-Length: 0"], smuggled),
    expect: refuses(400, "content-length"),
  },
  {
    name: "two lengths, the shorter first",
    rule: "CL.CL",
    input: post(["Content-Length: 0", `Content-Length: ${smuggled.length}`], smuggled),
    expect: refuses(400, "content-length"),
  },
  {
    name: "a length in a list",
    rule: "CL.CL",
    input: post([`Content-Length: 0, ${smuggled.length}`], smuggled),
    expect: refuses(400, "content-length"),
  },
  {
    name: "a length with a sign",
    rule: "CL.0",
    input: post([`Content-Length: +${smuggled.length}`], smuggled),
    expect: refuses(400, "content-length"),
  },
  {
    name: "a length of which only the first digit counts",
    rule: "CL.0",
    input: post(["Content-Length: 0 1"], smuggled),
    expect: refuses(400, "content-length"),
  },
  {
    name: "a chunk with data to spare",
    rule: "TERM.SPILL",
    input: chunked(`5\r\nhelloAB${end}`),
    expect: refuses(400, "chunk-data"),
  },
  {
    name: "a size ended by a line feed, with a request behind",
    rule: "TERM.EXT",
    input: chunked(`2;\nxx\r\n4c\r\n${end}`),
    expect: refuses(400, "chunk-extension"),
  },
  {
    name: "an extension that holds a carriage return",
    rule: "EXT.TERM",
    input: chunked(`0;\r${end}`),
    expect: refuses(400, "chunk-extension"),
  },
  {
    name: "a chunk ended by one byte",
    rule: "ONE.TWO",
    input: chunked(`5\r\nhello\n${end}`),
    expect: refuses(400, "chunk-data"),
  },
  {
    name: "a chunk ended by two wrong bytes",
    rule: "TWO.ONE",
    input: chunked(`5\r\nhello\n\n${end}`),
    expect: refuses(400, "chunk-data"),
  },
  {
    name: "a size cut to 32 bits by another parser",
    rule: "size-integer parsing",
    input: chunked("100000000000005\r\nhello\r\n0\r\n\r\n"),
    expect: refuses(400, "chunk-size"),
  },
  {
    name: "a size that begins with 0x",
    rule: "size-integer parsing",
    input: chunked(`0x5\r\nhello\r\n${end}`),
    expect: refuses(400, "chunk-size"),
  },
  {
    name: "a Host that differs from the target",
    rule: "Host mismatch",
    input: message("GET http://b/ HTTP/1.1", "Host: internal"),
    expect: serves({ authority: "b" }),
  },
  {
    name: "a second Host behind a blank",
    rule: "duplicate Host",
    input: message("GET / HTTP/1.1", "Host: a", " Host: b"),
    expect: refuses(400, "obs-fold"),
  },
  {
    name: "a Host of two hosts",
    rule: "duplicate Host",
    input: message("GET / HTTP/1.1", "Host: a, b"),
    expect: refuses(400, "host"),
  },
  {
    name: "a Connection that nominates the length",
    rule: "hop-by-hop nomination",
    input: post(["Connection: Content-Length", "Content-Length: 5"], "hello"),
    expect: serves({ method: "POST", body: "hello" }),
  },
  {
    name: "a Connection that nominates the coding",
    rule: "hop-by-hop nomination",
    input: chunked("1\r\nx\r\n0\r\n\r\n", "Connection: Transfer-Encoding"),
    expect: serves({ method: "POST", body: "x" }),
  },
  {
    name: "encoded line ends in the path",
    rule: "response splitting",
    input: message("GET /%0d%0aX:%20y HTTP/1.1", "Host: a"),
    expect: serves({ path: "/%0d%0aX:%20y" }),
  },
];
