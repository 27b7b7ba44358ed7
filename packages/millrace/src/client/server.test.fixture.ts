import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { type OpenClientOptions, openClient } from "./open-client.js";
import type { ServiceClient } from "./service-client.js";

/** A server of Node's on the loopback. */
export interface TestServer extends AsyncDisposable {
  readonly server: Server;
  readonly port: number;
  readonly url: string;
  /** How many requests came. */
  readonly requests: number;
}

/** Opens a server whose `answer` is told which request this is, from 1. */
export async function openServer(
  answer: (request: IncomingMessage, response: Parameters<RequestListener>[1], nth: number) => unknown,
  tls?: ServerOptions,
): Promise<TestServer> {
  let requests = 0;
  const listener: RequestListener = (request, response) => {
    requests += 1;
    void answer(request, response, requests);
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    server,
    port,
    url: `${tls ? "https" : "http"}://127.0.0.1:${port}`,
    get requests() {
      return requests;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A client of the nodes at `uris` that does not wait long between attempts. */
export function clientOf(
  uris: readonly string[],
  options: Partial<OpenClientOptions> = {},
): Promise<ServiceClient> {
  const userAgent = { primary: { name: "test", version: "1.2.3" } };
  return openClient({
    service: "widgets",
    uris,
    userAgent,
    backoffSlotMs: 1,
    connectTimeoutMs: 5_000,
    ...options,
  });
}

/** A port that nobody listens on. */
export async function refusedUrl(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

/** All that a request holds. */
export async function contentOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk as string;
  return text;
}
