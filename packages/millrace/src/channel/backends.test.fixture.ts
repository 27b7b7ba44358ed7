import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { createContext } from "../service/context.js";
import { readAll } from "../wire/index.js";
import { requestTo } from "../wire/proof/client-side.js";
import type { Channel } from "./channel.js";

/** A server of Node that can be killed, and comes back at its address. */
export class Backend implements AsyncDisposable {
  readonly #host: string;
  readonly #listener: RequestListener;
  readonly #tls: ServerOptions | undefined;
  #server: Server | undefined;
  #port = 0;
  /** Requests it has heard. */
  requests = 0;

  private constructor(listener: RequestListener, host: string, tls: ServerOptions | undefined) {
    this.#listener = listener;
    this.#host = host;
    this.#tls = tls;
  }

  static async start(
    listener: RequestListener = (_, response) => response.end("ok"),
    { host = "127.0.0.1", port = 0, tls }: { host?: string; port?: number; tls?: ServerOptions } = {},
  ): Promise<Backend> {
    const backend = new Backend(listener, host, tls);
    backend.#port = port;
    await backend.start();
    return backend;
  }

  get port(): number {
    return this.#port;
  }

  /** `127.0.0.1:1234` */
  get address(): string {
    return `${this.#host}:${this.#port}`;
  }

  get up(): boolean {
    return this.#server !== undefined;
  }

  /** Connections it has at the moment. */
  connections(): Promise<number> {
    return new Promise((resolve) => {
      if (this.#server) this.#server.getConnections((_, count) => resolve(count));
      else resolve(0);
    });
  }

  /** The TLS server, to change its certificate. */
  get tlsServer(): ReturnType<typeof createTlsServer> {
    return this.#server as ReturnType<typeof createTlsServer>;
  }

  async start(): Promise<void> {
    const heard: RequestListener = (request, response) => {
      this.requests += 1;
      this.#listener(request, response);
    };
    const server = this.#tls ? createTlsServer(this.#tls, heard) : createServer(heard);
    server.keepAliveTimeout = 60_000;
    server.listen(this.#port, this.#host);
    await once(server, "listening");
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Breaks all its connections, in the middle of calls too. */
  dropConnections(): void {
    this.#server?.closeAllConnections();
  }

  /** Is gone, from one moment to the next. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

/** Makes a `GET` and reads the answer. */
export async function get(channel: Channel, path = "/"): Promise<string> {
  const target = { form: "origin", path, authority: "", scheme: "http" } as const;
  const { status, body } = await channel.call(requestTo(path, { target }), createContext());
  const content = Buffer.from(await readAll(body)).toString();
  if (status !== 200) throw new Error(`status ${status}: ${content}`);
  return content;
}

/** Has `callers` make calls, one after the other, for as long as `more` says so. */
export async function callWhile(callers: number, more: () => boolean, call: () => Promise<unknown>) {
  const caller = async () => {
    while (more()) await call();
  };
  await Promise.all(Array.from({ length: callers }, caller));
}

/** The same while `work` goes on; settles when both are over. */
export async function callDuring(work: Promise<unknown>, callers: number, call: () => Promise<unknown>) {
  let working = true;
  const done = work.finally(() => (working = false));
  await callWhile(callers, () => working, call);
  await done;
}
