import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { pipeline } from "node:stream";

const mebibyte = 1_048_576;
const largest = 1_024 * mebibyte;
const chunk = Buffer.alloc(65_536, "millrace ");

/** Makes a server whose answers are what the path asks for, to try a proxy on. */
export function createOrigin(): Server {
  return createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const { pathname, searchParams } = new URL(`http://origin${request.url ?? "/"}`);
    const status = /^\/status\/([2-5]\d\d)$/.exec(pathname)?.[1];
    if (pathname === "/") greet(response);
    else if (pathname === "/large") sendLarge(response, numberOf(searchParams, "bytes", mebibyte));
    else if (pathname === "/echo") echo(request, response);
    else if (pathname === "/slow") setTimeout(greet, numberOf(searchParams, "ms", 1_000), response);
    else if (status !== undefined) response.writeHead(Number(status)).end();
    else response.writeHead(404).end("nothing is here\n");
  });
}

function greet(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/plain" }).end("hello from the origin\n");
}

function echo(request: IncomingMessage, response: ServerResponse): void {
  const { "content-type": type = "application/octet-stream", "content-length": length } = request.headers;
  response.writeHead(200, {
    "content-type": type,
    ...(length === undefined ? {} : { "content-length": length }),
  });
  pipeline(request, response, () => undefined);
}

function sendLarge(response: ServerResponse, bytes: number): void {
  let left = bytes;
  response.writeHead(200, { "content-type": "application/octet-stream", "content-length": bytes });
  const write = () => {
    while (left > 0) {
      const piece = chunk.subarray(0, Math.min(left, chunk.length));
      left -= piece.length;
      if (!response.write(piece)) return;
    }
    response.end();
  };
  response.on("drain", write);
  write();
}

function numberOf(query: URLSearchParams, name: string, otherwise: number): number {
  const value = Number(query.get(name) ?? otherwise);
  return Number.isInteger(value) && value >= 0 ? Math.min(value, largest) : otherwise;
}
