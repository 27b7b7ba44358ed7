import type { Socket } from "node:net";
import { getSystemErrorName } from "node:util";
import { MillraceError } from "../../base/errors.js";
import type { Duplicator } from "../handles/duplicate.js";
import type { Handle } from "../handles/handle.js";

/** Takes a connection: its handle and, where it has been looked into already, the socket that has it. */
export type Deliver = (client: Handle, socket?: Socket) => void;

/** How connections come in at an address. */
export interface Entrance {
  /** Gets ready to open, so that opening takes no time. */
  prepare(): Promise<void>;
  /** Accepts, and gives every connection to `deliver`. At once when prepared. */
  open(deliver: Deliver): Promise<void>;
  /** Accepts no more. Those who connect wait, for this entrance or another of the same address. */
  pause(): void;
  /** Puts back what others may have removed of it. Left out where there is nothing to remove. */
  keep?(nowMs: number): Promise<void>;
  /** Gives the address up. */
  close(): void;
}

/** As Node's own servers ask for. */
export const backlog = 511;

/**
 * Accepts on copies of a handle that is kept: closing a copy stops accepting and loses nobody who waits, since
 * the queue belongs to the socket and not to the handle.
 *
 * Without a duplicator the handle itself accepts, and `pause` is for good.
 */
export class SharedEntrance implements Entrance {
  readonly #deed: Handle;
  readonly #duplicator: Duplicator | undefined;
  #spare: Promise<Handle> | undefined;
  #ready: Handle | undefined;
  #accepting: Handle | undefined;

  constructor(deed: Handle, duplicator: Duplicator | undefined) {
    this.#deed = deed;
    this.#duplicator = duplicator;
  }

  async prepare(): Promise<void> {
    if (!this.#duplicator) return;
    this.#spare ??= this.#duplicator.duplicate(this.#deed).then((handle) => (this.#ready = handle));
    await this.#spare;
  }

  async open(deliver: Deliver): Promise<void> {
    if (this.#accepting) return;
    if (this.#ready) return this.#accept(this.#ready, deliver);
    await this.prepare();
    // Another call may have opened meanwhile.
    if (!this.#accepting) this.#accept(this.#ready ?? this.#deed, deliver);
  }

  pause(): void {
    this.#accepting?.close();
    this.#accepting = undefined;
  }

  close(): void {
    this.pause();
    this.#ready?.close();
    this.#ready = undefined;
    this.#deed.close();
  }

  #accept(handle: Handle, deliver: Deliver): void {
    this.#spare = undefined;
    this.#ready = undefined;
    this.#accepting = handle;
    // A connection that was gone before it was accepted is nobody's fault, and Node says no more than that.
    handle.onconnection = (status, client) => {
      if (status === 0) deliver(client);
    };
    const errno = handle.listen(backlog);
    if (errno === 0) return;
    this.pause();
    throw new MillraceError(`cannot listen: ${getSystemErrorName(errno)}`, {
      code: "invalid-options",
      unsent: true,
    });
  }
}
