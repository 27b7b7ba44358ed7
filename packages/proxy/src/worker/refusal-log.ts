import type { Clock } from "millrace/base";
import type { Peer, ProtocolError } from "millrace/wire";
import type { WorkerMessage } from "../ipc/messages.js";

/** Refused requests that are logged one by one in a second; of more only the number is told. */
export const refusalsPerSecond = 10;

/**
 * Logs refused requests, at a bounded rate: whoever sends nonsense must not be able to fill a disk, or
 * to keep the manager busy.
 */
export class RefusalLog implements Disposable {
  readonly #send: (message: WorkerMessage) => void;
  readonly #clock: Clock;
  #logged = 0;
  #suppressed = 0;
  #second: Disposable | undefined;

  constructor(send: (message: WorkerMessage) => void, clock: Clock) {
    this.#send = send;
    this.#clock = clock;
  }

  /** Notes a request that was refused for `error`. */
  add(error: ProtocolError, peer: Peer): void {
    this.#second ??= this.#clock.schedule(1_000, this.#over, "upkeep");
    if (this.#logged === refusalsPerSecond) {
      this.#suppressed += 1;
      return;
    }
    this.#logged += 1;
    const fields = { rule: error.rule, status: error.status, client: peer.address };
    this.#log(`refused a request: ${error.message}`, fields);
  }

  /** Tells what is not told yet, and stops. */
  [Symbol.dispose](): void {
    this.#second?.[Symbol.dispose]();
    this.#over();
  }

  readonly #over = () => {
    const suppressed = this.#suppressed;
    this.#second = undefined;
    this.#logged = 0;
    this.#suppressed = 0;
    if (suppressed > 0) this.#log(`refused ${suppressed} more requests within a second`, { suppressed });
  };

  #log(message: string, fields: Readonly<Record<string, unknown>>): void {
    this.#send({ type: "log", level: "info", message, fields });
  }
}
