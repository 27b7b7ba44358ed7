import { Server, type Socket } from "node:net";
import { createDeferred, type Deferred } from "millrace/base";
import type { Handle } from "millrace/handoff";
import type { Address } from "../config/address.js";
import { createAdminApp } from "./app.js";
import type { AdminParts } from "./parts.js";

/**
 * The admin API as something that can be opened, paused and opened again, as the workers' addresses can.
 *
 * It lets connections in on a handle that somebody else has bound. Closing it is for good.
 */
export class Admin implements AsyncDisposable {
  readonly #app: ReturnType<typeof createAdminApp>;
  readonly #open = new Set<Socket>();
  #retired = false;
  #idle: Deferred<void> | undefined;

  /** `address` is where it is going to listen. */
  constructor(parts: AdminParts, address: Address) {
    this.#app = createAdminApp(parts, address);
    this.#app.addHook("onSend", async (_request, reply) => {
      if (this.#retired) reply.header("connection", "close");
    });
    this.#app.server.on("connection", (socket) => this.#follow(socket));
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#open.size;
  }

  /** Gets ready, so that {@link open} takes no time. */
  async prepare(): Promise<void> {
    await this.#app.ready();
  }

  /** Lets connections in on `handle`, which is closed when it is paused. */
  async open(handle: Handle): Promise<void> {
    const { server } = this.#app;
    if (server.listening) return;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(handle, () => {
        server.off("error", reject);
        resolve();
      });
    });
  }

  /** Lets nobody in any more; connections stay, idle ones too. */
  pause(): void {
    // Its own close would end idle connections under the request that their clients may just be sending.
    if (this.#app.server.listening) Server.prototype.close.call(this.#app.server);
  }

  /** Ends each connection with its next response, or stops doing so. */
  retire(retired: boolean): void {
    this.#retired = retired;
  }

  /** Settles once no connection is open. */
  whenIdle(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    this.#idle ??= createDeferred();
    return this.#idle.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.pause();
    this.#app.server.closeAllConnections();
    await this.#app.close();
  }

  #follow(socket: Socket): void {
    this.#open.add(socket);
    socket.once("close", () => {
      this.#open.delete(socket);
      if (this.#open.size > 0) return;
      this.#idle?.resolve();
      this.#idle = undefined;
    });
  }
}
