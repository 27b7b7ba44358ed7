import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";

/** What an origin does with a request. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** An origin on Node's own server, which is not ours. */
export interface Origin extends AsyncDisposable {
  readonly server: Server;
  readonly url: string;
  readonly port: number;
  /** Connections that brought a request other than a health check. */
  readonly connections: ReadonlySet<Socket>;
}

/** Starts an origin; health checks pass without its handler. */
export async function startOrigin(
  handle: Handler,
  options: { readonly tls?: { readonly cert: string; readonly key: string }; readonly port?: number } = {},
): Promise<Origin> {
  const connections = new Set<Socket>();
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === "/.health") return void response.end();
    connections.add(request.socket);
    return void handle(request, response);
  };
  const server = options.tls ? createSecureServer(options.tls, listener) : createServer(listener);
  server.keepAliveTimeout = 60_000;
  server.on("clientError", (_, socket) => socket.destroy());
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    server,
    url: `${options.tls ? "https" : "http"}://127.0.0.1:${port}`,
    port,
    connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      for (const socket of connections) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers with what came: method, target, headers and content, as JSON. */
export const echo: Handler = async (request, response) => {
  let body = "";
  for await (const chunk of request.setEncoding("latin1")) body += String(chunk);
  const { method, url, rawHeaders, rawTrailers, httpVersion } = request;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ method, url, httpVersion, rawHeaders, rawTrailers, body }));
};

/** An origin whose every byte is the test's own. */
export interface RawOrigin extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** What came on each connection, health checks left out. */
  readonly received: readonly string[];
  /** How many connections have closed. */
  readonly closed: number;
}

/**
 * Starts an origin that gives each connection to `onData` whenever something has come on it, with all
 * that has come so far.
 */
export async function startRawOrigin(onData: (socket: Socket, received: string) => void): Promise<RawOrigin> {
  const received = new Map<Socket, string>();
  const sockets = new Set<Socket>();
  let closed = 0;
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("end", () => socket.end());
    socket.on("close", () => {
      if (received.has(socket)) closed += 1;
    });
    socket.on("data", (chunk: Buffer) => {
      const text = (received.get(socket) ?? "") + chunk.toString("latin1");
      if (text.startsWith("GET /.health ")) socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      else {
        received.set(socket, text);
        onData(socket, text);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    get received() {
      return [...received.values()];
    },
    get closed() {
      return closed;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
