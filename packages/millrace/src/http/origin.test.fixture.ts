import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { type ConnectionPool, createTcpConnector, openConnectionPool } from "../channel/index.js";

/** A server of Node's on the loopback, a pool of connections to it, and the way to end both. */
export interface Origin extends AsyncDisposable {
  readonly server: Server;
  readonly port: number;
  readonly url: string;
  readonly pool: ConnectionPool;
}

/** Opens a server that answers with `answer`, and a pool to it. */
export async function openOrigin(answer: RequestListener = answerByPath): Promise<Origin> {
  const server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const pool = openConnectionPool({
    connector: createTcpConnector({ host: "127.0.0.1", port, timeoutMs: 5_000 }),
    timeouts: { headMs: 10_000, bodyIdleMs: 10_000 },
  });
  return {
    server,
    port,
    url: `http://127.0.0.1:${port}`,
    pool,
    async [Symbol.asyncDispose]() {
      pool.destroy();
      await pool.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Route = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

/** The plain text that encoded answers hold. */
export const plainText = "two bytes each: äöü. ".repeat(200);

/** What a server says about the request it has read. */
export interface Echo {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const routes: Record<string, Route> = {
  "/text": (_request, response) =>
    response.setHeader("Content-Type", "text/plain; charset=utf-8").end("Grüße\n"),
  "/json": (_request, response) =>
    response.setHeader("Content-Type", "application/json").end('{"a":[1,"ü"]}'),
  "/bad-json": (_request, response) => response.end("{nope"),
  "/mark": (_request, response) => response.end("\ufeffmarked"),
  "/not-utf8": (_request, response) => response.end(Buffer.from([0x61, 0xff, 0x62])),
  "/empty": (_request, response) => response.end(),
  "/large": (_request, response) => response.end(Buffer.alloc(300_000, "0123456789")),
  "/chunks": (_request, response) => {
    response.write("one ");
    setImmediate(() => response.write("two "));
    setImmediate(() => setImmediate(() => response.end("three")));
  },
  "/cookies": (_request, response) => {
    response.setHeader("Set-Cookie", ["a=1; Path=/", "b=2, still b"]);
    response.setHeader("X-List", ["one", "two"]);
    response.end("crumbs");
  },
  "/latin1": (_request, response) => response.setHeader("X-Name", "J\u00fcrgen").end("named"),
  "/status": (_request, response, url) => {
    response.statusCode = Number(url.searchParams.get("code"));
    response.end([204, 205, 304].includes(response.statusCode) ? undefined : "as asked");
  },
  "/reason": (_request, response) => response.writeHead(200, "Quite Fine").end("so"),
  "/redirect": (request, response, url) => {
    request.resume();
    const to = url.searchParams.get("to");
    response.writeHead(Number(url.searchParams.get("code") ?? 302), to === null ? {} : { Location: to });
    response.end("elsewhere");
  },
  "/round": (_request, response) => response.writeHead(302, { Location: "/round" }).end(),
  "/encoded": (_request, response, url) => {
    const encode = encoders[url.searchParams.get("by")!]!;
    response.setHeader("Content-Encoding", encode.name);
    const bytes = encode.encode(Buffer.from(plainText));
    response.end(url.searchParams.has("cut") ? bytes.subarray(0, bytes.length - 12) : bytes);
  },
  "/encoded-empty": (_request, response) => response.writeHead(200, { "Content-Encoding": "gzip" }).end(),
  "/not-modified": (_request, response) =>
    response.writeHead(304, { "Content-Length": "5", ETag: '"a"' }).end(),
  "/hints": (_request, response) => {
    response.writeEarlyHints({ link: "</style.css>; rel=preload" });
    response.end("after hints");
  },
  "/multipart": (_request, response) => {
    const part = (head: string, content: string) =>
      `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n`;
    response.setHeader("Content-Type", "multipart/form-data; boundary=b");
    response.end(
      part('name="a"', "1") +
        part('name="file"; filename="x.txt"\r\nContent-Type: text/plain', "content") +
        "--b--\r\n",
    );
  },
  "/pairs": (_request, response) =>
    response.setHeader("Content-Type", "application/x-www-form-urlencoded").end("a=1&b=%C3%BC"),
  "/steps": (_request, response, url) => {
    const left = Number(url.searchParams.get("left"));
    if (left === 0) response.end("arrived");
    else response.writeHead(302, { Location: `/steps?left=${left - 1}` }).end();
  },
  "/cut": (_request, response) => {
    response.writeHead(200, { "Content-Length": "100" });
    response.write("only this", () => response.socket?.destroy());
  },
  "/drop": (request) => request.socket.destroy(),
  "/never": () => {},
  "/begun": (_request, response) => void response.write("the first part"),
  "/trailers": (_request, response) => {
    response.writeHead(200, { Trailer: "X-Sum" });
    response.write("content");
    response.addTrailers({ "X-Sum": "42" });
    response.end();
  },
  "/echo": (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url, headers } = request;
      const body = Buffer.concat(chunks).toString("latin1");
      response
        .setHeader("Content-Type", "application/json")
        .end(JSON.stringify({ method, url, headers, body }));
    });
  },
  "/mirror": (request, response) => void request.pipe(response),
};

const encoders: Record<string, { readonly name: string; encode(bytes: Buffer): Buffer }> = {
  gzip: { name: "gzip", encode: gzipSync },
  deflate: { name: "deflate", encode: deflateSync },
  "deflate-raw": { name: "deflate", encode: deflateRawSync },
  "x-gzip": { name: "x-gzip", encode: gzipSync },
  GZIP: { name: "GZIP", encode: gzipSync },
  br: { name: "br", encode: brotliCompressSync },
  "gzip-br": { name: "gzip, br", encode: (bytes) => brotliCompressSync(gzipSync(bytes)) },
  unknown: { name: "rot13", encode: (bytes) => bytes },
};

/** Answers by the path of the request; 404 for one that is not known. */
export function answerByPath(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url!, "http://origin.test");
  const route = routes[url.pathname];
  if (route) route(request, response, url);
  else response.writeHead(404).end(`nothing at ${url.pathname}`);
}
