import type { Handoff } from "../handoff.js";

/** What is thrown by a `process.exit` that is put off. */
class ExitPutOff extends Error {
  override readonly name = "ExitPutOff";

  constructor() {
    super(
      "process.exit is put off: the version before serves again, and this one ends once it has answered what it has begun",
    );
  }
}

/**
 * While a process is on probation, has it give the addresses back to its predecessor and finish what it has begun before
 * it ends by an error that nobody catches, a rejection that nobody handles, or a call of `process.exit`. It then ends as
 * it would have ended at once: with that error, as Node prints it, or that exit code.
 *
 * `process.exit` is not supposed to return, so it throws an error that is ignored when nobody catches it. It returns only
 * where that would do harm: in a listener of `uncaughtException`, and when it has thrown already. A program
 * that listens for `uncaughtException` decides itself what becomes of an error. Nothing can put off SIGKILL, a
 * crash of Node, or `process.abort`.
 */
export function giveBackOnExit(handoff: Pick<Handoff, "giveBack" | "probation">): Disposable {
  const held = new HeldExit(handoff);
  if (handoff.probation.value) held.install();
  const following = handoff.probation.subscribe((probation) => {
    if (probation) held.install();
    else held.uninstall();
  });
  return {
    [Symbol.dispose]() {
      following[Symbol.dispose]();
      held.uninstall();
    },
  };
}

type Exit = typeof process.exit;

class HeldExit {
  readonly #handoff: Pick<Handoff, "giveBack">;
  /** What `process.exit` was before, while it is replaced. */
  #exit: Exit | undefined;
  /** It has been decided how this process ends. */
  #leaving = false;
  #dispatching = false;

  constructor(handoff: Pick<Handoff, "giveBack">) {
    this.#handoff = handoff;
  }

  install(): void {
    if (this.#exit) return;
    this.#exit = process.exit;
    process.exit = this.#putOff as Exit;
    // Before the program's own: one that calls process.exit is then known to do so from there.
    process.prependListener("uncaughtException", this.#onUncaught);
  }

  /** Does nothing once this process leaves: it is to end in the way that was decided, and in no other. */
  uninstall(): void {
    if (!this.#leaving) this.#restore();
  }

  readonly #putOff = (code?: number | string | null): void => {
    const exit = this.#exit!;
    const first = !this.#leaving;
    if (first) this.#leave(`it has called process.exit(${code ?? ""})`, () => exit.call(process, code));
    if (first && !this.#dispatching) throw new ExitPutOff();
  };

  readonly #onUncaught = (error: unknown): void => {
    this.#dispatching = true;
    process.nextTick(() => (this.#dispatching = false));
    if (error instanceof ExitPutOff || process.listenerCount("uncaughtException") > 1) return;
    if (this.#leaving) process.emitWarning(error instanceof Error ? error : String(error));
    else this.#leave(error instanceof Error ? error.message : String(error), () => rethrow(error));
  };

  #leave(reason: string, end: () => void): void {
    this.#leaving = true;
    const then = () => {
      this.#restore();
      end();
    };
    // Whether it was given back or not, and whatever went wrong in that.
    void this.#handoff.giveBack(reason).then(then, then);
  }

  #restore(): void {
    if (!this.#exit) return;
    if (process.exit === (this.#putOff as Exit)) process.exit = this.#exit;
    process.off("uncaughtException", this.#onUncaught);
    this.#exit = undefined;
  }
}

/** Ends the process as an error does that nobody has caught. As a rejection, Node tells where the error was made. */
function rethrow(error: unknown): void {
  if (error instanceof Error && process.listenerCount("unhandledRejection") === 0) void Promise.reject(error);
  // Where a rejection ends nothing, or is not to be seen by the program.
  setImmediate(() => {
    throw error;
  });
}
