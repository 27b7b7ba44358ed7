import type { Line } from "./control/line.js";
import type { Generation } from "./generation.js";
import { resume } from "./incumbent.js";
import type { Doors } from "./listen/doors.js";
import type { Incumbent } from "./machine/succession.js";

/** What a front is made of. */
export interface FrontParts {
  readonly generation: Generation;
  /** Doors whose connections can be forwarded; `undefined` where this process does not accept itself. */
  readonly doors: Doors | undefined;
  /** Called when the one behind has died, and the addresses are free: who gets ready is on its own. */
  readonly onLost: () => void;
}

/** This process as the one that stays in front, and carries bytes to whoever serves behind it. */
export class Front {
  readonly #parts: FrontParts;
  #behind: { readonly line: Line; readonly forwardTo: readonly string[] | undefined } | undefined;

  constructor(parts: FrontParts) {
    this.#parts = parts;
  }

  /** Whether somebody is behind it. */
  get carries(): boolean {
    return this.#behind !== undefined;
  }

  /** Has whoever is behind it end, too. */
  finish(): void {
    this.#behind?.line.send({ type: "finish" });
  }

  /** Whoever serves now, this process or the one behind it, beside the one at the end of `line`. */
  incumbent(line: Line): Incumbent {
    const { generation, doors } = this.#parts;
    const before = this.#behind;
    return {
      standBy: (forwardTo) => {
        doors?.forwardTo(forwardTo);
        this.#behind = { line, forwardTo };
        if (before) before.line.send({ type: "standby" });
        else generation.standBy(false);
      },
      resume: async () => {
        doors?.forwardTo(before?.forwardTo);
        this.#behind = before;
        if (!before) await resume(generation, false);
        else if (before.line.closed) this.#lose(before.line);
        else before.line.send({ type: "resume" });
      },
      release: () => {
        if (before) before.line.send({ type: "finish" });
        else generation.phase.set("fronting");
        line.onClosed = () => this.#lose(line);
      },
    };
  }

  /**
   * Without the process behind it a front has nothing to say: whoever starts next finds the addresses free, at once,
   * though this process may have something to finish.
   */
  #lose(line: Line): void {
    const { generation, doors, onLost } = this.#parts;
    if (this.#behind?.line !== line || generation.ending) return;
    doors?.vacate();
    generation.parts.seat.leave();
    void generation.end("handed-over");
    onLost();
  }
}
