import fc from "fast-check";

const methods = ["GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "PROPFIND"];
const targets = [
  "/",
  "/a/b?c=d",
  "/%00",
  "http://b.example/x?y",
  "http://b.example",
  "https://b.example:8443?q",
  "*",
  "/a b",
  "/~|{}",
  "//x",
];
const versions = ["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0"];
const statuses = [
  "200 OK",
  "200 ",
  "404 Not Found",
  "204 No Content",
  "304 Not Modified",
  "500 Oops",
  "999 ?",
  "206 P\xe9",
  "100 Continue",
  "103 Early Hints",
  "200",
];

const fieldLine = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      "X: y",
      "Accept: */*",
      "x-a:b",
      "X:\t c \t",
      "X-Empty:",
      "Cookie: a=1; b=2",
      "User-Agent: t\xe9st",
      "Date: Sun, 06 Nov 1994 08:49:37 GMT",
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "Connection: keep-alive",
      "Connection: close",
      "connection: x, Close",
      "Keep-Alive: timeout=5",
      "TE: trailers",
      "Trailer: X",
      "Expect: 100-continue",
      "__proto__: x",
      "1: 2",
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "Content-Length: 3",
      "Content-Length: 03",
      "content-length: 0",
      "Transfer-Encoding: chunked",
      "transfer-encoding: Chunked",
      "Transfer-Encoding: gzip, chunked",
      "Transfer-Encoding: identity",
      "Host: a",
      "Content-Length: 3, 3",
      "Upgrade: x",
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(token(), fc.string({ maxLength: 12 }))
      .map(([name, value]) => `${name}: ${latin1(value)}`),
  },
);

const content = fc.oneof(
  fc.string({ maxLength: 20 }).map(latin1),
  fc.constantFrom("", "hello", "0\r\n\r\n", "GET /inner HTTP/1.1\r\nHost: a\r\n\r\n", "\r\n", "\0\xff"),
);

const extension = fc.oneof(
  { weight: 8, arbitrary: fc.constant("") },
  { weight: 2, arbitrary: fc.constantFrom(";a", ";a=b", ';a="b;c"', ";a;b=1") },
  { weight: 1, arbitrary: fc.constantFrom(";", " ;a", "; a", ";a = b", ';a="', ";a=\r", " ", ";a\n", ";=") },
);

const chunk = fc.tuple(content, extension, fc.boolean()).map(([data, ext, capitals]) => {
  const size = data.length.toString(16);
  return data === "" ? "" : `${capitals ? size.toUpperCase() : size}${ext}\r\n${data}\r\n`;
});

const trailers = fc.oneof(
  { weight: 6, arbitrary: fc.constant("") },
  { weight: 2, arbitrary: fc.constantFrom("X: y\r\n", "A: 1\r\nB: 2\r\n", "Checksum:z\r\n") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "Content-Length: 5\r\n",
      "X : y\r\n",
      " x\r\n",
      "GET / HTTP/1.1\r\n",
      "Host: b\r\n",
    ),
  },
);

/** Fields that frame content, with the content framed so. */
const framed = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ lines: [] as string[], content: "" }) },
  {
    weight: 3,
    arbitrary: content.map((data) => ({ lines: [`Content-Length: ${data.length}`], content: data })),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.array(chunk, { maxLength: 3 }), extension, trailers)
      .map(([chunks, ext, after]) => ({
        lines: ["Transfer-Encoding: chunked"],
        content: `${chunks.join("")}0${ext}\r\n${after}\r\n`,
      })),
  },
);

const requestMessage = fc
  .record({
    method: fc.constantFrom(...methods),
    target: fc.constantFrom(...targets),
    version: fc.constantFrom(...versions),
    fields: fc.array(fieldLine, { maxLength: 3 }),
    framed,
  })
  .map((parts) => {
    const lines = ["Host: a.example", ...parts.fields, ...parts.framed.lines];
    return `${parts.method} ${parts.target} ${parts.version}\r\n${lines.join("\r\n")}\r\n\r\n${parts.framed.content}`;
  });

const responseMessage = fc
  .record({
    status: fc.constantFrom(...statuses),
    version: fc.constantFrom(...versions),
    fields: fc.array(fieldLine, { maxLength: 3 }),
    framed,
  })
  .map((parts) => {
    const lines = [`${parts.version} ${parts.status}`, ...parts.fields, ...parts.framed.lines];
    return `${lines.join("\r\n")}\r\n\r\n${parts.framed.content}`;
  });

const insertions = [
  "\r",
  "\n",
  "\r\n",
  "\r\n\r\n",
  "\t",
  " ",
  "\0",
  "\v",
  "\f",
  "\x7f",
  "\x80",
  "\xa0",
  ":",
  ";",
  ",",
  "0",
  "1",
  "a",
  "A",
  "-",
  "+",
  '"',
  "_",
  "x",
  "\r\n ",
  "\r\n\t",
  "\r\nContent-Length: 3",
  "\r\nContent-Length : 3",
  "\r\nTransfer-Encoding: chunked",
  "\r\nTransfer-Encoding:\vchunked",
  "\r\nTransfer_Encoding: chunked",
  "\r\nTransfer-Encoding: x",
  "\r\nHost: b",
  "\r\nConnection: close",
  "\r\nX",
  "\r\n: x",
  "\n\r\n",
  "0\r\n\r\n",
  "\r\n\rX",
  "HTTP/1.1",
  "#",
  "%0d%0a",
];

/** One edit: where (in parts of 10,000 of the length), how, and what with. */
const mutation = fc.record({
  where: fc.noBias(fc.integer({ min: 0, max: 9_999 })),
  kind: fc.constantFrom(
    "insert" as const,
    "insert" as const,
    "replace" as const,
    "delete" as const,
    "line" as const,
    "line end" as const,
    "line end" as const,
    "double" as const,
    "cut" as const,
  ),
  text: fc.constantFrom(...insertions),
  byte: fc.integer({ min: 0, max: 255 }),
});

type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

const mutations = fc.oneof(
  { weight: 4, arbitrary: fc.constant([] as Mutation[]) },
  { weight: 6, arbitrary: fc.array(mutation, { minLength: 1, maxLength: 3 }) },
);

/** Requests by the grammar of HTTP/1.1, one to three in a row, some of them with edits. */
export const rawRequests: fc.Arbitrary<Buffer> = fc
  .tuple(fc.array(requestMessage, { minLength: 1, maxLength: 3 }), mutations)
  .map(([messages, edits]) => bytes(edits.reduce(mutate, messages.join(""))));

/** A response by the grammar of HTTP/1.1, some with interim ones or another behind, some with edits. */
export const rawResponses: fc.Arbitrary<Buffer> = fc
  .tuple(fc.array(responseMessage, { minLength: 1, maxLength: 2 }), mutations)
  .map(([messages, edits]) => bytes(edits.reduce(mutate, messages.join(""))));

function mutate(text: string, { where, kind, text: inserted, byte }: Mutation): string {
  const at = Math.floor((where * text.length) / 10_000);
  switch (kind) {
    case "insert":
      return text.slice(0, at) + inserted + text.slice(at);
    case "replace":
      return text.slice(0, at) + String.fromCharCode(byte) + text.slice(at + 1);
    case "delete":
      return text.slice(0, at) + text.slice(at + 1);
    case "cut":
      return text.slice(0, at) + text.slice(at + 1 + (byte % 16));
    case "line": {
      const end = text.indexOf("\r\n", at);
      return end < 0 ? text : text.slice(0, end) + inserted + text.slice(end);
    }
    case "line end": {
      const end = text.indexOf("\r\n", at);
      const other = ["\n", "\r", "\r\r\n", "\n\r", "\r\n\r", ""][byte % 6]!;
      return end < 0 ? text : text.slice(0, end) + other + text.slice(end + 2);
    }
    case "double": {
      const start = text.lastIndexOf("\r\n", at);
      const end = text.indexOf("\r\n", at);
      return start < 0 || end < 0 ? text : text.slice(0, end) + text.slice(start, end) + text.slice(end);
    }
  }
}

function token(): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(..."abcXYZ-_~!019"), minLength: 1, maxLength: 8 });
}

function latin1(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

function bytes(text: string): Buffer {
  return Buffer.from(text, "latin1");
}
