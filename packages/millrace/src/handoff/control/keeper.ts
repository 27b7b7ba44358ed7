import type { Clock } from "../../base/clock.js";

/** What is looked after. */
export interface KeeperParts {
  readonly clock: Clock;
  /** Puts everything right. `nowMs` is the wall clock's time. False when somebody else has the place. */
  readonly keep: (nowMs: number) => Promise<boolean>;
  /** Hears why it cannot be put right, once for each time that it goes wrong. */
  readonly onFault: (reason: string) => void;
}

/** From one look to the next, in milliseconds: a few calls of the file system, which wait for no disk. */
const lookEveryMs = 5_000;

/** So often in a row it must be wrong until that is told: in the midst of a hand-over somebody else may have the place. */
const looksUntilTold = 2;

/** Looks after files that others may remove, every 5 s. It keeps no process alive. */
export class Keeper implements Disposable {
  readonly #parts: KeeperParts;
  #timer: Disposable | undefined;
  #wrong = 0;

  /** Begins at once. */
  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.#lookLater();
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #lookLater(): void {
    this.#timer = this.#parts.clock.schedule(lookEveryMs, () => void this.#look(), "upkeep");
  }

  async #look(): Promise<void> {
    const { clock, keep } = this.#parts;
    try {
      this.#note((await keep(clock.wallTime())) ? undefined : "another process has it");
    } catch (error) {
      this.#note((error as Error).message);
    }
    if (this.#timer) this.#lookLater();
  }

  #note(fault: string | undefined): void {
    this.#wrong = fault === undefined ? 0 : this.#wrong + 1;
    if (fault !== undefined && this.#wrong === looksUntilTold) this.#parts.onFault(fault);
  }
}
