import { getSystemErrorName } from "node:util";
import { MillraceError } from "../../base/errors.js";
import type { Handle } from "../handles/handle.js";
import { backlog, type Deliver, type Entrance } from "./entrance.js";

/** Turns of the event loop without a connection, after which nobody waits: the first may have begun before. */
const quietTurns = 3;
/** Turns after which an entrance is closed in any case. */
const longestLinger = 1_000;

/**
 * Accepts on a socket of its own, beside those that other processes have for the same port (`SO_REUSEPORT`).
 *
 * Each has a queue, and the system sends some of those who connect into each. So `pause` must close the socket: it takes
 * what waits first, until a turn of the event loop brings nobody. Whoever comes between that and the close is
 * lost, unless Linux is told to move them (`net.ipv4.tcp_migrate_req`).
 */
export class ReusedEntrance implements Entrance {
  readonly #bind: () => Promise<Handle>;
  /** Bound, and not listening: nobody is sent to it yet. */
  #bound: Handle | undefined;
  #accepting: Handle | undefined;
  #accepted = 0;
  #leaving = false;

  /** `bind` makes a socket for the same port, each time that it is opened again. */
  constructor(bound: Handle, bind: () => Promise<Handle>) {
    this.#bound = bound;
    this.#bind = bind;
  }

  async prepare(): Promise<void> {
    if (!this.#accepting) this.#bound ??= await this.#bind();
  }

  async open(deliver: Deliver): Promise<void> {
    this.#leaving = false;
    if (this.#accepting) return;
    if (!this.#bound) await this.prepare();
    if (this.#bound) this.#accept(this.#bound, deliver);
  }

  pause(): void {
    if (!this.#accepting || this.#leaving) return;
    this.#leaving = true;
    this.#linger(quietTurns, longestLinger);
  }

  close(): void {
    this.#close();
    this.#bound?.close();
    this.#bound = undefined;
  }

  /** Closes when `quiet` turns in a row, or `turns` in all, are over. */
  #linger(quiet: number, turns: number): void {
    const before = this.#accepted;
    setImmediate(() => {
      if (!this.#leaving) return;
      if (this.#accepted > before && turns > 0) this.#linger(quietTurns, turns - 1);
      else if (quiet > 1 && turns > 0) this.#linger(quiet - 1, turns - 1);
      else this.#close();
    });
  }

  #close(): void {
    this.#accepting?.close();
    this.#accepting = undefined;
  }

  #accept(handle: Handle, deliver: Deliver): void {
    this.#bound = undefined;
    this.#accepting = handle;
    handle.onconnection = (status, client) => {
      this.#accepted += 1;
      if (status === 0) deliver(client);
    };
    const errno = handle.listen(backlog);
    if (errno === 0) return;
    this.close();
    throw new MillraceError(`cannot listen: ${getSystemErrorName(errno)}`, {
      code: "invalid-options",
      unsent: true,
    });
  }
}
