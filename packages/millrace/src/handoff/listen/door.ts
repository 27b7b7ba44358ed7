import { createServer, type Server, type Socket } from "node:net";
import type { Clock } from "../../base/clock.js";
import { formatListenAddress, type ListenAddress } from "../address.js";
import { retireServer, watchServer } from "../drain/retire.js";
import { type Handle, type HandleClasses, ownerOf, type SocketName } from "../handles/handle.js";
import type { Entrance } from "./entrance.js";
import { forwardConnection } from "./forward.js";
import { createStandIn } from "./stand-in.js";

/** What a door is made of. */
export interface DoorParts {
  readonly address: ListenAddress;
  readonly entrance: Entrance;
  readonly classes: Pick<HandleClasses, "Tcp">;
  /** What the system says of where the address is bound. */
  readonly name: SocketName | undefined;
  readonly clock: Clock;
}

/** An address from the inside: a listener that servers listen on, whoever accepts for it. */
export class Door {
  /** The listener that `run` gets: a `net.Server`, listening from the start. */
  readonly listener: Server;
  readonly address: ListenAddress;
  #entrance: Entrance;
  readonly #clock: Clock;
  readonly #standIn: Handle;
  readonly #servers = new Set<Server>();
  readonly #open = new Set<Handle>();
  readonly #onIdle = new Set<() => void>();
  readonly #closeClient: Handle["close"];
  #retired: Disposable | undefined;
  #forwardPath: string | undefined;
  #closed = false;

  constructor({ address, entrance, classes, name, clock }: DoorParts) {
    this.address = address;
    this.#clock = clock;
    this.#entrance = entrance;
    this.#standIn = createStandIn({
      classes,
      getsockname:
        name &&
        ((into) => {
          Object.assign(into, name);
          return 0;
        }),
      path: address.kind === "unix" ? address.path : undefined,
      onServer: (server) => this.#serve(server),
      // The server that closes does not say which it is; once it has, it does not listen any more.
      onClose: () => queueMicrotask(() => this.#unserve()),
    });
    const door = this;
    this.#closeClient = function (this: Handle, done) {
      door.#forget(this);
      closeOf(this).call(this, done);
    };
    this.listener = createServer({ allowHalfOpen: true, noDelay: true });
    this.listener.listen(this.#standIn);
    // Whoever waits for this program waits on what it serves, not on a server that only lends its shape.
    this.listener.unref();
  }

  /** Connections accepted here that are still open. */
  get connections(): number {
    return this.#open.size;
  }

  /** Lets connections in another way from the next {@link open} on. */
  replaceEntrance(entrance: Entrance): void {
    this.#entrance.close();
    this.#entrance = entrance;
  }

  prepare(): Promise<void> {
    return this.#entrance.prepare();
  }

  /** Lets connections in. */
  open(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return this.#entrance.open(this.#deliver);
  }

  /** Lets nobody in; those who come wait for whoever opens the address next. */
  pause(): void {
    this.#entrance.pause();
  }

  /** Sends what comes from now on to the process that listens at `path`; `undefined` serves it here. */
  forwardTo(path: string | undefined): void {
    this.#forwardPath = path;
  }

  /** Puts back what others may have removed of the way in. `nowMs` is the wall clock's time. */
  async keep(nowMs: number): Promise<void> {
    await this.#entrance.keep?.(nowMs);
  }

  /** Has servers ask their clients to come back on a new connection, or stops asking them. */
  retire(retired: boolean): void {
    if (retired === (this.#retired !== undefined)) return;
    this.#retired?.[Symbol.dispose]();
    this.#retired = retired ? this.#retireAll() : undefined;
  }

  /** Settles once no connection is open. */
  whenIdle(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.add(resolve));
  }

  /** Drops every connection. */
  cut(): void {
    for (const client of [...this.#open]) {
      const socket = ownerOf(client) as Socket | null | undefined;
      if (socket) socket.destroy();
      else client.close();
    }
  }

  /** Gives the address up, and nothing else. */
  vacate(): void {
    this.#entrance.close();
  }

  /** Gives the address up. Connections stay. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#entrance.close();
    for (const server of this.#servers) if (server.listening) server.close();
    this.listener.close();
  }

  toString(): string {
    return formatListenAddress(this.address);
  }

  readonly #deliver = (client: Handle, socket?: Socket): void => {
    this.#open.add(client);
    // An own property of each handle, the same function for all: closing is where every connection ends, whoever has it.
    client.close = this.#closeClient;
    if (this.#forwardPath !== undefined) {
      forwardConnection(client, this.#forwardPath);
      return;
    }
    const { onconnection } = this.#standIn;
    if (socket) (ownerOf(this.#standIn) as Server).emit("connection", socket);
    else if (onconnection) onconnection.call(this.#standIn, 0, client);
    else client.close();
  };

  #serve(server: Server): void {
    if (server === this.listener) return;
    this.#servers.add(server);
    watchServer(server);
  }

  /** Without a server to give them to, nobody is let in. */
  #unserve(): void {
    for (const server of this.#servers) if (!server.listening) this.#servers.delete(server);
    if (this.#servers.size === 0) this.#entrance.pause();
  }

  #forget(client: Handle): void {
    this.#open.delete(client);
    if (this.#open.size > 0) return;
    for (const settle of this.#onIdle) settle();
    this.#onIdle.clear();
  }

  #retireAll(): Disposable {
    const sockets = [...this.#open].map(ownerOf).filter((owner): owner is Socket => Boolean(owner));
    const retired = [...this.#servers].map((server) => retireServer(server, sockets, this.#clock));
    return {
      [Symbol.dispose]: () => {
        for (const one of retired) one[Symbol.dispose]();
      },
    };
  }
}

function closeOf(handle: Handle): Handle["close"] {
  return (Object.getPrototypeOf(handle) as Handle).close;
}
