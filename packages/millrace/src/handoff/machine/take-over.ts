import type { Clock } from "../../base/clock.js";
import { createDeferred } from "../../base/deferred.js";
import { MillraceError } from "../../base/errors.js";
import type { Line } from "../control/line.js";
import type { GenerationStatus, HandoffWay, Hello, Message } from "../control/messages.js";
import { refusal } from "./refusal.js";

/** Where a take-over is, from the side of the process that wants to serve. */
export type TakeOverState =
  /** It has said who it is. Next: preparing, failed, orphaned. */
  | "asking"
  /** It may start. Next: ready, failed, orphaned. */
  | "preparing"
  /** It waits to be told to open. Next: opened, failed, orphaned. */
  | "ready"
  /** It serves, and does not know yet that the other knows. Next: serving, failed. */
  | "opened"
  /** It serves, and the predecessor stands by. Next: returning, proven. */
  | "serving"
  /** It has asked the predecessor to serve again. Next: returned, proven. */
  | "returning"
  /** The predecessor serves again. */
  | "returned"
  /** It serves, and the predecessor does not come back. */
  | "proven"
  /** It was turned away. */
  | "failed"
  /** The predecessor is gone: whatever it held is free, or here. */
  | "orphaned";

/** What a predecessor has agreed to. */
export type Acceptance = Extract<Message, { type: "accepted" }>;

/** What a take-over is made of. */
export interface TakeOverParts {
  readonly line: Line;
  readonly hello: Hello;
  readonly clock: Clock;
  /** How long the predecessor may take for an answer, in milliseconds. */
  readonly answerMs: number;
  /** Opens all addresses, in this tick. `state` is what the predecessor knows by now. */
  readonly open: (state: unknown) => Promise<void> | void;
  /** Whether this process holds the control socket. Decides who serves when the predecessor leaves in between. */
  readonly holdsPlace: () => boolean;
  /** Hears what comes once this process serves. */
  readonly onLater: (message: Message) => void;
  /** Called when the predecessor has turned this process away after it had accepted it. */
  readonly onFailed: (error: Error) => void;
  /** Called when the predecessor has left. */
  readonly onLeft: () => void;
  /** Called when this process begins to serve while its predecessor stands by, and when that is over. */
  readonly onProbation: (probation: boolean) => void;
}

/** How long a predecessor may take to serve again, in milliseconds: one that says nothing does not. */
const returnMs = 1_000;

/** States in which this process has come to serve. */
const served: ReadonlySet<TakeOverState> = new Set(["serving", "returning", "returned", "proven"]);

/** One take-over, from the side of the process that wants to serve. */
export class TakeOver {
  readonly #parts: TakeOverParts;
  readonly #accepted = createDeferred<Acceptance | undefined>();
  readonly #serving = createDeferred<"serving" | "orphaned">();
  #state: TakeOverState = "asking";
  readonly #returned = createDeferred<boolean>();
  #timer: Disposable | undefined;
  #opening = false;
  #failure: Error | undefined;
  /** Where the predecessor can be dialled, whoever has the place. */
  #predecessor: string | undefined;
  #way: HandoffWay | undefined;
  /** Older generations, as the predecessor last told. */
  older: readonly GenerationStatus[] = [];

  /** Says hello at once. */
  constructor(parts: TakeOverParts) {
    this.#parts = parts;
    this.#serving.promise.catch(() => undefined);
    this.#accepted.promise.catch(() => undefined);
    parts.line.onMessage = (message) => this.#receive(message);
    parts.line.onClosed = (fault) => this.#closed(fault);
    this.#timer = parts.clock.schedule(parts.answerMs, () =>
      this.#fail(
        new MillraceError(`the running process did not answer within ${parts.answerMs / 1_000} s`, {
          code: "timeout",
          unsent: true,
        }),
      ),
    );
    parts.line.send(parts.hello);
    // It may have left before anybody listened for that, as one does that has too many callers.
    if (parts.line.closed) this.#closed(undefined);
  }

  get state(): TakeOverState {
    return this.#state;
  }

  /** Why the predecessor has turned this process away, or could not be understood. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Whether a predecessor stands by that would serve again. */
  get returnable(): boolean {
    return this.#state === "opened" || this.#state === "serving";
  }

  /** Where the process can be dialled that serves again if this one dies now. */
  get standsBy(): string | undefined {
    return this.returnable ? this.#predecessor : undefined;
  }

  /**
   * What the predecessor has agreed to; `undefined` when it has left without an answer, and somebody else is to be asked.
   *
   * @throws MillraceError for whatever it objects to
   */
  get accepted(): Promise<Acceptance | undefined> {
    return this.#accepted.promise;
  }

  /**
   * Reports readiness and settles once this process serves: because it was told to, or because nobody is left to tell it.
   *
   * @throws MillraceError when the predecessor decides otherwise
   */
  ready(forwardTo?: readonly string[]): Promise<"serving" | "orphaned"> {
    if (this.#state === "preparing") {
      this.#state = "ready";
      this.#parts.line.send({ type: "ready", forwardTo });
    }
    return this.#serving.promise;
  }

  /** Tells a predecessor that stands by that it is not needed any more. */
  release(): void {
    if (this.#state === "serving") this.#parts.line.send({ type: "released" });
  }

  /**
   * Has the predecessor serve again, and settles once it does. False when that is not, or not any more, for it to do: then
   * nobody else serves. `pause` is called before, if at all, to let nobody in any more.
   */
  async giveBack(reason: string, pause: () => void): Promise<boolean> {
    // Whether it knows that this process serves is settled within a message each way.
    if (this.#state === "opened") await this.#serving.promise.catch(() => undefined);
    if (this.#state === "serving") {
      this.#state = "returning";
      pause();
      this.#timer = this.#parts.clock.schedule(returnMs, () => this.#prove());
      this.#parts.line.send({ type: "failed", reason });
    }
    return this.#state === "returning" || this.#state === "returned" ? this.#returned.promise : false;
  }

  /** Gives up. */
  abandon(reason: string): void {
    this.#timer?.[Symbol.dispose]();
    if (!served.has(this.#state)) this.#parts.line.send({ type: "failed", reason });
    this.#parts.line.close();
    this.#state = "failed";
    this.#accepted.resolve(undefined);
    this.#returned.resolve(false);
  }

  #receive(message: Message): void {
    if (message.type === "status-of") this.older = message.generations;
    else if (message.type === "wait" && this.#state === "asking") this.#timer?.[Symbol.dispose]();
    else if (message.type === "accepted" && this.#state === "asking") this.#prepare(message);
    else if (message.type === "switch" && this.#state === "ready") void this.#open(message.state);
    else if (message.type === "confirmed" && this.#state === "opened") this.#serve();
    else if (message.type === "refused") this.#fail(refusal(message.code, message.reason));
    else if (message.type === "proven" && served.has(this.#state)) this.#prove();
    else if (served.has(this.#state)) this.#parts.onLater(message);
  }

  #prepare(acceptance: Acceptance): void {
    this.#timer?.[Symbol.dispose]();
    this.#state = "preparing";
    this.#predecessor = acceptance.seat;
    this.#way = acceptance.way;
    this.#accepted.resolve(acceptance);
  }

  async #open(state: unknown): Promise<void> {
    this.#state = "opened";
    this.#opening = true;
    this.#parts.onProbation(true);
    try {
      await this.#parts.open(state);
    } catch (error) {
      this.#parts.line.send({ type: "failed", reason: (error as Error).message });
      return this.#fail(error as Error);
    }
    this.#opening = false;
    if (this.#parts.line.closed) this.#leftBetween();
    else this.#parts.line.send({ type: "switched" });
  }

  #serve(): void {
    this.#state = "serving";
    this.#serving.resolve("serving");
  }

  #prove(): void {
    this.#timer?.[Symbol.dispose]();
    this.#state = "proven";
    this.#returned.resolve(false);
    this.#parts.onProbation(false);
  }

  #return(): void {
    this.#timer?.[Symbol.dispose]();
    this.#state = "returned";
    this.#returned.resolve(true);
    this.#parts.onProbation(false);
  }

  #closed(fault: MillraceError | undefined): void {
    if (this.#state === "returning") this.#return();
    else if (fault) this.#fail(fault);
    else if (this.#state === "serving" || this.#state === "proven") this.#leave();
    else if (this.#state === "opened") this.#leftBetween();
    else if (this.#state !== "failed") this.#orphan();
  }

  #orphan(): void {
    this.#timer?.[Symbol.dispose]();
    this.#state = "orphaned";
    this.#accepted.resolve(undefined);
    this.#serving.resolve("orphaned");
    this.#parts.onLeft();
  }

  /** The other has left without a word after this process opened: it has died, unless it has taken its place back. */
  #leftBetween(): void {
    if (this.#opening || this.#state !== "opened") return;
    // A front keeps its place, and does not take back what it has given: it has died.
    if (this.#way === "forward") this.#orphan();
    else if (this.#parts.holdsPlace()) {
      this.#serve();
      this.#leave();
    } else this.#fail(refusal("late", "the running process has taken its addresses back"));
  }

  #leave(): void {
    if (this.#state === "serving") this.#prove();
    this.#parts.onLeft();
  }

  #fail(error: Error): void {
    if (this.#state === "failed") return;
    const accepted = this.#state !== "asking";
    this.#timer?.[Symbol.dispose]();
    this.#failure = error;
    this.#state = "failed";
    this.#returned.resolve(false);
    this.#parts.onProbation(false);
    this.#parts.line.close();
    this.#accepted.reject(error);
    this.#serving.reject(error);
    if (accepted) this.#parts.onFailed(error);
  }
}
