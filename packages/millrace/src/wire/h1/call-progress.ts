import type { MillraceError } from "../../base/errors.js";
import { timedOut } from "./client-errors.js";
import type { ClientSettings } from "./client-settings.js";

/** What a look at a call's time limits found: the limit that has passed, or when to look again. */
export type CallVerdict = { readonly error: MillraceError } | { readonly nextLook: number };

/** Tells whether a server keeps a call moving, without a timer or a clock reading a call. */
export class CallProgress {
  /** What the connection goes by. */
  readonly settings: ClientSettings;
  #movedAt = 0;

  constructor(settings: ClientSettings) {
    this.settings = settings;
  }

  /** The request, or the last of it, has been written: the wait for the response begins. Returns its limit. */
  sent(): number {
    this.#movedAt = this.settings.sweeper.now;
    return this.#movedAt + this.settings.timeouts.headMs;
  }

  /**
   * Content is still to be written. Returns its limit: the wait for the response, which may be allowed to be
   * much longer, has not begun.
   */
  sending(): number {
    return this.settings.sweeper.now + this.settings.timeouts.writeIdleMs;
  }

  /** The head asks whether the content is welcome. Returns when it is sent all the same. */
  expecting(): number {
    return this.settings.sweeper.now + this.settings.timeouts.continueMs;
  }

  /** Something has moved, either way. */
  moved(): void {
    this.#movedAt = this.settings.sweeper.now;
  }

  /** Looks at a call whose content is still to be sent, or to leave; `queued` bytes wait for the server. */
  whileSending(now: number, queued: number): CallVerdict {
    const { writeIdleMs } = this.settings.timeouts;
    if (queued === 0) this.#movedAt = now;
    if (now - this.#movedAt < writeIdleMs) return { nextLook: this.#movedAt + writeIdleMs };
    return { error: timedOut("write", "the server took no more of the request", writeIdleMs) };
  }

  /** Looks at a call that waits for the response's head. */
  whileWaiting(now: number): CallVerdict {
    const { headMs } = this.settings.timeouts;
    if (now - this.#movedAt < headMs) return { nextLook: this.#movedAt + headMs };
    return { error: timedOut("head", "no response", headMs) };
  }

  /** Looks at a call whose response is arriving; `blocked` says that its reader holds it back. */
  whileReceiving(now: number, blocked: boolean): CallVerdict {
    const { bodyIdleMs } = this.settings.timeouts;
    if (blocked) this.#movedAt = now;
    if (now - this.#movedAt < bodyIdleMs) return { nextLook: this.#movedAt + bodyIdleMs };
    return { error: timedOut("body", "no more of the response", bodyIdleMs) };
  }
}
