import type { Clock } from "../../base/clock.js";

/** The latest error of a channel: the same error again only counts up. */
export interface LastError {
  /** What was wrong, for people. */
  readonly message: string;
  /** How often in a row. */
  readonly count: number;
  /** When it was last seen, in milliseconds since the Unix epoch. */
  readonly at: number;
  /** The error itself, where there was one. */
  readonly error: unknown;
}

/** Remembers the latest error, and how often it came in a row. */
export class LastErrorNote {
  readonly #clock: Clock;
  #last: LastError | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The latest; `undefined` when there was none since {@link clear}. */
  get last(): LastError | undefined {
    return this.#last;
  }

  /** Notes an error, or a state that is as bad as one. */
  note(error: unknown): void {
    const message = messageOf(error);
    const count = this.#last?.message === message ? this.#last.count + 1 : 1;
    this.#last = { message, count, at: this.#clock.wallTime(), error };
  }

  /** Forgets it: all is well. */
  clear(): void {
    this.#last = undefined;
  }
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
