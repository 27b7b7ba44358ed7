import type { Server } from "node:net";
import type { HttpServer } from "millrace/wire";
import type { ListenerRecord, ListenerTls } from "../ipc/messages.js";
import { certify, listenOn } from "./listen.js";

/** Where a worker lets connections in: on each listening address, or nowhere while it is paused. */
export class Entrances {
  readonly #records: ListenerRecord[];
  readonly #server: Pick<HttpServer, "attach">;
  readonly #listening = new Map<number, { readonly listener: Server; readonly handle: unknown }>();
  /** Counts pauses, so that one that comes while a listener opens is not missed. */
  #pauses = 0;

  constructor(records: readonly ListenerRecord[], server: Pick<HttpServer, "attach">) {
    this.#records = [...records];
    this.#server = server;
  }

  /** Whether connections are let in, at every address. */
  get open(): boolean {
    return this.#listening.size === this.#records.length;
  }

  /** The addresses where connections are let in, each with what they are let in on. */
  get held(): readonly { readonly address: string; readonly handle: unknown }[] {
    return [...this.#listening].map(([index, { handle }]) => ({
      address: this.#records[index]!.address,
      handle,
    }));
  }

  /** Accepts at the address of number `index`, on `handle`; says whether that makes all of them. */
  async enter(index: number, handle: unknown): Promise<boolean> {
    const pauses = this.#pauses;
    const record = this.#records[index]!;
    const listener = await listenOn(handle, record);
    if (pauses !== this.#pauses) {
      listener.close();
      return false;
    }
    const { tls } = this.#records[index]!;
    // It may have been told of another meanwhile.
    if (tls && tls !== record.tls) certify(listener, tls);
    this.#listening.set(index, { listener, handle });
    this.#server.attach(listener);
    return this.open;
  }

  /** Shows another certificate at the address of number `index`, now and whenever it is entered. */
  certify(index: number, tls: ListenerTls): void {
    this.#records[index] = { ...this.#records[index]!, tls };
    const entered = this.#listening.get(index);
    if (entered) certify(entered.listener, tls);
  }

  /** Accepts nowhere. Connections stay, and who comes waits in the queue, which belongs to the socket. */
  pause(): void {
    this.#pauses += 1;
    for (const { listener } of this.#listening.values()) listener.close();
    this.#listening.clear();
  }
}
