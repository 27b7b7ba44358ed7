import type { Server, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { createDeferred, type Deferred } from "../../base/deferred.js";
import type { Service } from "../../service/service.js";
import type { HttpRequest, HttpResponse } from "../http/message.js";
import { SocketStream } from "../stream/socket-stream.js";
import { ServerConnection } from "./server-connection.js";
import { type ServerConnectionOptions, type ServerSettings, serverSettings } from "./server-settings.js";

/** How a server treats its connections. */
export interface ServeOptions extends ServerConnectionOptions {
  /**
   * Connections at once; more are closed as they come.
   * @defaultValue Infinity
   */
  readonly maxConnections?: number | undefined;
}

/** A service being served on listening sockets. */
export interface HttpServer extends AsyncDisposable {
  /** Connections open now. */
  readonly connections: number;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Connections turned away because there were too many. */
  readonly refused: number;
  /** Serves what `listener`, a `net` or `tls` server, accepts from now on. Its listening is the caller's. */
  attach(listener: Server): void;
  /**
   * Replaces the options, for connections that are open too: sizes count from their next bytes on; a time
   * limit that runs already goes on, but for that of an idle connection, which begins anew.
   *
   * @throws MillraceError `invalid-options` when an option is out of its range; then nothing has changed
   */
  configure(options: ServeOptions): void;
  /**
   * Makes the next response on each connection its last one, so that clients come back on new ones, to whoever accepts
   * by then; or stops doing so. Nothing that runs is disturbed, and no idle connection is closed under the request that
   * its client may just be sending.
   */
  retire(retired: boolean): void;
  /** Settles once no connection is open, those in a TLS handshake included. */
  whenIdle(): Promise<void>;
  /** Serves a connection that was accepted elsewhere. */
  accept(socket: Socket): void;
  /**
   * Takes no new request, lets those in progress finish within `deadlineMs`, then drops what is left.
   * Closes attached listeners first. Idempotent; a later call can only shorten the wait.
   */
  close(deadlineMs?: number): Promise<void>;
}

/**
 * Makes a server that has `service` answer HTTP/1.1 requests. It serves nothing until it is attached to
 * a listener; use a `net.Server` for HTTP, a `tls.Server` for HTTPS.
 *
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function createServer(
  service: Service<HttpRequest, HttpResponse>,
  options: ServeOptions = {},
): HttpServer {
  return new ConnectionServer(service, options);
}

class ConnectionServer implements HttpServer {
  accepted = 0;
  refused = 0;
  readonly #service: Service<HttpRequest, HttpResponse>;
  #settings!: ServerSettings;
  #maxConnections = Infinity;
  readonly #open = new Set<ServerConnection>();
  readonly #listeners = new Set<Server>();
  /** Sockets that TLS runs on, or is about to. */
  readonly #underTls = new Set<Socket>();
  #retired = false;
  #idle: Deferred<void> | undefined;
  #closing: Promise<void> | undefined;
  #allClosed: (() => void) | undefined;
  #deadline: Disposable | undefined;

  constructor(service: Service<HttpRequest, HttpResponse>, options: ServeOptions) {
    this.#service = service;
    this.configure(options);
  }

  get connections(): number {
    return this.#open.size;
  }

  configure(options: ServeOptions): void {
    this.#settings = serverSettings(options);
    this.#maxConnections = options.maxConnections ?? Infinity;
    for (const connection of this.#open) connection.configure(this.#settings);
  }

  attach(listener: Server): void {
    this.#listeners.add(listener);
    listener.once("close", () => this.#listeners.delete(listener));
    const secure = "setSecureContext" in listener;
    if (secure) listener.on("connection", this.#onHandshake);
    listener.on(secure ? "secureConnection" : "connection", this.#onSocket);
  }

  accept(socket: Socket): void {
    if (this.#closing || this.#open.size >= this.#maxConnections) {
      this.refused += 1;
      socket.destroy();
      return;
    }
    this.accepted += 1;
    socket.setNoDelay(true);
    const encrypted = (socket as Partial<TLSSocket>).encrypted === true;
    const stream = encrypted ? SocketStream.wrap(socket, true) : SocketStream.adopt(socket);
    const connection = new ServerConnection(stream, this.#service, this.#settings, this.#onClosed);
    this.#open.add(connection);
    if (this.#retired) connection.retire(true);
  }

  retire(retired: boolean): void {
    this.#retired = retired;
    for (const connection of this.#open) connection.retire(retired);
  }

  whenIdle(): Promise<void> {
    this.#idle ??= createDeferred();
    const { promise } = this.#idle;
    this.#checkIdle();
    return promise;
  }

  close(deadlineMs = 30_000): Promise<void> {
    this.#deadline?.[Symbol.dispose]();
    this.#deadline = this.#settings.clock.schedule(deadlineMs, () => {
      for (const connection of [...this.#open]) connection.destroy();
    });
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #drain(): Promise<void> {
    const listeners = [...this.#listeners].map(closeListener);
    for (const connection of [...this.#open]) connection.drain();
    if (this.#open.size > 0) await new Promise<void>((resolve) => (this.#allClosed = resolve));
    this.#deadline?.[Symbol.dispose]();
    // What is left never got as far as a connection.
    for (const socket of this.#underTls) socket.destroy();
    await Promise.all(listeners);
  }

  readonly #onSocket = (socket: Socket) => this.accept(socket);

  readonly #onHandshake = (socket: Socket) => {
    this.#underTls.add(socket);
    socket.once("close", () => {
      this.#underTls.delete(socket);
      this.#checkIdle();
    });
  };

  readonly #onClosed = (connection: ServerConnection) => {
    this.#open.delete(connection);
    if (this.#open.size === 0) this.#allClosed?.();
    this.#checkIdle();
  };

  #checkIdle(): void {
    if (this.#open.size > 0 || this.#underTls.size > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }
}

function closeListener(listener: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!listener.listening) resolve();
    else listener.close(() => resolve());
  });
}
