import type { Clock } from "../../base/clock.js";
import type { Line } from "../control/line.js";
import type { HandoffWay, Hello, Message, Refusal } from "../control/messages.js";

/** Where a hand-over is, from the side of the process that is replaced. */
export type SuccessionState =
  /** The successor starts. Next: switching, failed. */
  | "preparing"
  /** It is ready and told to open. Next: probation, failed. */
  | "switching"
  /** It serves, and must prove itself. Next: proven, failed. */
  | "probation"
  /** It is on its own. */
  | "proven"
  /** It is gone, or was turned away; whoever served before serves. */
  | "failed";

/** Whoever serves now, and may have to again. */
export interface Incumbent {
  /** Lets nobody in any more, unless `opened` does, and asks clients to leave. The successor has said where connections can be forwarded to. */
  standBy(forwardTo: readonly string[] | undefined): void;
  /** Hears that the successor lets connections in. */
  opened?(): void;
  /**
   * Takes the addresses back, and settles when they are open. Never rejects. `gone` when the successor has left without a
   * word, so that others may have taken its place meanwhile.
   */
  resume(gone: boolean): Promise<void>;
  /** Is no longer needed. */
  release(): void;
}

/** What a hand-over is made of. */
export interface SuccessionParts {
  readonly line: Line;
  readonly hello: Hello;
  readonly way: HandoffWay;
  /** The number of the successor's generation. */
  readonly generation: number;
  /** Addresses as the options name them. */
  readonly addresses: readonly string[];
  /** The same with the ports that the system chose. */
  readonly bound: readonly string[];
  /** Where this process can be dialled, whoever has the place. */
  readonly seat: string;
  /** The same of the process that serves again if this one dies now. */
  readonly standsBy: string | undefined;
  readonly incumbent: Incumbent;
  readonly clock: Clock;
  /** How long it may take to get ready, in milliseconds. */
  readonly readyMs: number;
  /** How long it may take to open once it is told to, in milliseconds. */
  readonly switchMs: number;
  /** Gives it what it is to listen on. */
  readonly deliver: () => Promise<void>;
  /** What it is to know of this process; asked when it starts and again when it is to open. */
  readonly state: (moment: "prepare" | "switch") => unknown;
  /** Called when the successor was turned away; it may live on. */
  readonly onTurnedAway: () => void;
  /** Called at each change; of a failure when the incumbent serves again. `reason` says why it failed, for people. */
  readonly onState: (state: SuccessionState, reason?: string) => void;
}

/**
 * One hand-over, from the side of the process that is replaced.
 *
 * Until the successor has proven itself, everything that can go wrong ends in the same way: the incumbent serves.
 */
export class Succession {
  readonly hello: Hello;
  readonly #parts: SuccessionParts;
  #state: SuccessionState = "preparing";
  #timer: Disposable | undefined;

  /** Begins at once. */
  constructor(parts: SuccessionParts) {
    this.hello = parts.hello;
    this.#parts = parts;
    parts.line.onMessage = (message) => this.#receive(message);
    parts.line.onClosed = (fault) => this.#fail(fault?.message ?? "it has ended", fault === undefined);
    this.#await(parts.readyMs, () =>
      this.cancel("late", `it was not ready within ${parts.readyMs / 1_000} s`),
    );
    const { way, generation, addresses, bound, seat, standsBy, state, deliver } = parts;
    const offer = { way, generation, addresses, bound, seat, standsBy };
    this.#send({ type: "accepted", ...offer, state: state("prepare") });
    deliver().catch((error: Error) => this.cancel("way", error.message));
  }

  get state(): SuccessionState {
    return this.#state;
  }

  /** Whether another successor must wait. */
  get underWay(): boolean {
    return this.#state === "preparing" || this.#state === "switching";
  }

  /** Turns the successor away; the incumbent serves on, or again. */
  cancel(code: Refusal, reason: string): void {
    if (this.#over) return;
    this.#send({ type: "refused", code, reason });
    this.#parts.onTurnedAway();
    this.#fail(reason);
  }

  /** Takes the successor for proven now: nobody is left here who could take over from it. */
  settle(): void {
    if (this.#state === "probation") this.#prove();
  }

  /** Leaves the successor to itself while it gets ready: nobody is left here who could tell it to open. */
  leave(): void {
    if (this.#state === "preparing") this.#fail("the process that served has died");
  }

  get #over(): boolean {
    return this.#state === "proven" || this.#state === "failed";
  }

  #receive(message: Message): void {
    if (message.type === "ready" && this.#state === "preparing") this.#switch(message.forwardTo);
    else if (message.type === "switched" && this.#state === "switching") this.#watch();
    else if (message.type === "released" && this.#state === "probation") this.#prove();
    else if (message.type === "failed") this.#fail(message.reason);
  }

  #switch(forwardTo: readonly string[] | undefined): void {
    const { incumbent, state, switchMs, way, bound } = this.#parts;
    if (way === "forward" && forwardTo?.length !== bound.length) {
      this.cancel("way", `it takes in ${forwardTo?.length ?? 0} addresses, not ${bound.length}`);
      return;
    }
    this.#enter("switching");
    this.#await(switchMs, () => this.cancel("late", `it did not open within ${switchMs / 1_000} s`));
    incumbent.standBy(forwardTo);
    this.#send({ type: "switch", state: state("switch") });
  }

  #watch(): void {
    this.#send({ type: "confirmed" });
    this.#parts.incumbent.opened?.();
    this.#enter("probation");
    this.#await(this.hello.probationMs, () => this.#prove());
  }

  #prove(): void {
    this.#timer?.[Symbol.dispose]();
    this.#send({ type: "proven" });
    this.#enter("proven");
    this.#parts.incumbent.release();
  }

  #fail(reason: string, gone = false): void {
    if (this.#over) return;
    const stoodBy = this.#state !== "preparing";
    this.#timer?.[Symbol.dispose]();
    this.#state = "failed";
    // Whoever hears of it, or of the end of the line when it gives back, is to find that somebody serves.
    if (stoodBy) void this.#parts.incumbent.resume(gone).then(() => this.#failed(reason));
    else this.#failed(reason);
  }

  #failed(reason: string): void {
    this.#enter("failed", reason);
    this.#parts.line.close();
  }

  #enter(state: SuccessionState, reason?: string): void {
    this.#state = state;
    this.#parts.onState(state, reason);
  }

  #await(ms: number, late: () => void): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#parts.clock.schedule(ms, late);
  }

  #send(message: Message): void {
    this.#parts.line.send(message);
  }
}
