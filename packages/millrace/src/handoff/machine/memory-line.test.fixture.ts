import type { Clock } from "../../base/clock.js";
import type { MillraceError } from "../../base/errors.js";
import type { Line } from "../control/line.js";
import type { Message } from "../control/messages.js";

/** One end of a line in memory. Messages take `delayMs`, and arrive in order; the end of the line arrives after them. */
export class MemoryLine implements Line {
  onMessage: ((message: Message) => void) | undefined;
  onClosed: ((fault?: MillraceError) => void) | undefined;
  closed = false;
  peer!: MemoryLine;
  readonly #clock: Clock;
  readonly #delayMs: number;

  constructor(clock: Clock, delayMs: number) {
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  send(message: Message): void {
    if (!this.closed) this.#later(() => this.peer.#take(message));
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#later(() => this.peer.#end());
  }

  #later(task: () => void): void {
    this.#clock.schedule(this.#delayMs, task);
  }

  #take(message: Message): void {
    if (!this.closed) this.onMessage?.(message);
  }

  #end(): void {
    if (this.closed) return;
    this.closed = true;
    this.onClosed?.();
  }
}

/** Makes both ends. */
export function memoryLines(clock: Clock, delayMs = 1): [MemoryLine, MemoryLine] {
  const one = new MemoryLine(clock, delayMs);
  const other = new MemoryLine(clock, delayMs);
  one.peer = other;
  other.peer = one;
  return [one, other];
}
