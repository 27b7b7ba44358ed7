import { createDeferred } from "../base/deferred.js";
import { WatchSource } from "../base/watch.js";
import { formatListenAddress, type ListenAddress } from "./address.js";
import type { Line } from "./control/line.js";
import type { GenerationStatus, HandoffStatus, HandoffWay } from "./control/messages.js";
import type { ControlPlace } from "./control/place.js";
import type { Seat } from "./control/seat.js";
import { handoffEvents } from "./events.js";
import type { Gate } from "./gate.js";
import type { TakeOver } from "./machine/take-over.js";
import type { HandoffSettings } from "./options.js";
import type { HandoffEnding, HandoffPhase } from "./phase.js";

/** What a generation is made of. */
export interface GenerationParts {
  readonly settings: HandoffSettings;
  readonly generation: number;
  readonly way: HandoffWay | "bind";
  readonly gate: Gate;
  readonly seat: Seat;
  readonly place: ControlPlace;
  readonly addresses: () => readonly ListenAddress[];
  /** The take-over by which it came to its addresses; `undefined` for the first. */
  readonly takeOver: TakeOver | undefined;
  /** Closes what was opened for it. `last` when nobody serves after it. */
  readonly close: (last: boolean) => Promise<void>;
}

/** How often older generations tell how far they are, in milliseconds. */
const tellEveryMs = 1_000;

/** This process's own part: its phase, its gate, and how it ends. */
export class Generation {
  readonly parts: GenerationParts;
  readonly phase = new WatchSource<HandoffPhase>("starting");
  readonly #ended = createDeferred<HandoffEnding>();
  readonly #startedAt: number;
  #since: { readonly phase: HandoffPhase; readonly at: number };
  #drainingSince: number | undefined;
  #ending: Promise<void> | undefined;
  #endsAs: HandoffEnding | undefined;
  #returning: Promise<boolean> | undefined;
  #failure: Error | undefined;
  #telling: Disposable | undefined;
  #shorten: (() => void) | undefined;
  /** The line to the successor, which hears how the rest goes. */
  successor: Line | undefined;

  constructor(parts: GenerationParts) {
    this.parts = parts;
    this.#startedAt = parts.settings.clock.now();
    this.#since = { phase: this.phase.value, at: this.#startedAt };
    this.#ended.promise.catch(() => undefined);
    this.phase.subscribe((phase) => this.#tellPhase(phase));
  }

  /** Settles when nothing is left, with the reason. */
  get ended(): Promise<HandoffEnding> {
    return this.#ended.promise;
  }

  /** Whether it gives the addresses back, or has. */
  get returning(): boolean {
    return this.#returning !== undefined;
  }

  /** How this process's part ends, once it does. */
  get ending(): HandoffEnding | undefined {
    return this.#endsAs;
  }

  /** What is said of this process. */
  get own(): GenerationStatus {
    const { generation, settings, gate, way } = this.parts;
    return {
      generation,
      release: settings.release,
      pid: process.pid,
      phase: this.phase.value,
      connections: gate.connections,
      ageMs: Math.round(settings.clock.now() - this.#startedAt),
      way,
    };
  }

  get generations(): readonly GenerationStatus[] {
    return [this.own, ...(this.parts.takeOver?.older ?? [])];
  }

  get status(): HandoffStatus {
    const addresses = this.parts.addresses().map(formatListenAddress);
    return { name: this.parts.settings.name, addresses, generations: this.generations };
  }

  /** Lets nobody in, and asks clients to leave: a successor is about to serve. */
  standBy(pause: boolean): void {
    const { gate, settings } = this.parts;
    if (pause) gate.pause();
    gate.retire(true);
    this.#drainingSince = settings.clock.now();
    this.phase.set("standby");
    this.#tell();
  }

  /** Serves again. `seize` when a successor has taken the control socket. */
  async resume(seize: boolean): Promise<void> {
    const { gate, seat } = this.parts;
    if (this.#ending) return;
    this.#telling?.[Symbol.dispose]();
    this.successor = undefined;
    this.#drainingSince = undefined;
    gate.retire(false);
    this.phase.set("serving");
    await gate.open();
    // Claimed where it is left, since others may do that at the same moment.
    if (seize && !seat.held && !(await seat.claim())) seat.seize();
  }

  /**
   * Finishes what is open within the time there is for it, cuts the rest, and gives everything up. Idempotent; a second
   * call with `hurry` does not wait for connections any more.
   */
  end(ending: HandoffEnding, hurry = false): Promise<void> {
    // Who is told to stop while it gives the addresses back does not end the service: another has it.
    this.#ending ??= this.#returning
      ? this.#returning.then((returned) => this.#end(returned ? "given-back" : ending, hurry))
      : this.#end(ending, hurry);
    if (hurry) this.#shorten?.();
    return this.#ending;
  }

  /**
   * Has the predecessor serve again, finishes what is open within the time for that, and gives everything up. False when
   * no predecessor would: then this process serves as before.
   */
  async giveBack(reason: string): Promise<boolean> {
    const { takeOver } = this.parts;
    if (this.#ending || this.phase.value === "standby") return false;
    if (takeOver?.returnable) this.#returning ??= this.#return(takeOver, reason);
    if (!(await this.#returning)) return false;
    await this.end("given-back");
    return true;
  }

  /** Gives everything up at once: this process has not come to serve. */
  fail(error: Error): Promise<void> {
    this.#failure ??= error;
    return this.end("stopped", true);
  }

  async #return(takeOver: TakeOver, reason: string): Promise<boolean> {
    const { gate, settings, generation, way } = this.parts;
    // Who comes from then on waits in the queue, for whoever opens next. A queue of this process's own stays until then.
    const pause = () => {
      if (way !== "reuse-port") gate.pause();
    };
    if (await takeOver.giveBack(reason, pause)) {
      handoffEvents.publish({ type: "given-back", name: settings.name, generation, reason });
      return true;
    }
    if (this.phase.value === "serving" && !this.#ending) await gate.open();
    return false;
  }

  async #end(ending: HandoffEnding, hurry: boolean): Promise<void> {
    const { gate, settings, takeOver, seat, close } = this.parts;
    const last = ending === "stopped" && this.phase.value === "serving";
    this.#drainingSince ??= settings.clock.now();
    this.#endsAs = ending;
    this.phase.set("draining");
    if (ending !== "handed-over") gate.pause();
    gate.retire(true);
    // A predecessor that still stands by is not to take over from a process that was told to stop.
    if (ending === "stopped") takeOver?.release();
    if (!hurry) await this.#drained(ending === "given-back" ? settings.giveBackMs : settings.drainMs);
    if (gate.connections > 0) this.#publishCut(gate.connections);
    await settings.finish?.();
    gate.cut();
    this.#telling?.[Symbol.dispose]();
    this.successor?.send({ type: "farewell", state: settings.state?.("end") });
    this.successor?.close();
    takeOver?.abandon("it was stopped");
    // Who has it back takes the place without finding it empty.
    if (ending === "given-back") seat.cede();
    await seat[Symbol.asyncDispose]();
    await gate.close();
    await close(last);
    this.phase.set("ended");
    if (this.#failure) this.#ended.reject(this.#failure);
    else this.#ended.resolve(ending);
  }

  /** Settles when no connection is open, or when `withinMs` since it began to drain are over. */
  async #drained(withinMs: number): Promise<void> {
    const { gate, settings } = this.parts;
    const leftMs = this.#drainingSince! + withinMs - settings.clock.now();
    const over = createDeferred();
    this.#shorten = over.resolve;
    using _timer = settings.clock.schedule(Math.max(0, leftMs), over.resolve);
    await Promise.race([gate.whenIdle(), over.promise]);
  }

  /** Tells the successor how far this process is, now and as long as it lives. */
  #tell(): void {
    this.successor?.send({ type: "status-of", generations: this.generations });
    this.#telling = this.parts.settings.clock.schedule(tellEveryMs, () => this.#tell(), "upkeep");
  }

  #tellPhase(phase: HandoffPhase): void {
    const { settings, generation, way } = this.parts;
    const { phase: before, at } = this.#since;
    const now = settings.clock.now();
    this.#since = { phase, at: now };
    if (!handoffEvents.active) return;
    const { connections, ageMs } = this.own;
    const teller = { name: settings.name, generation };
    const was = { before, beforeMs: now - at };
    handoffEvents.publish({ ...teller, type: "phase", phase, ...was, way, connections, ageMs });
  }

  #publishCut(connections: number): void {
    const { settings, generation } = this.parts;
    handoffEvents.publish({ type: "cut", name: settings.name, generation, connections });
  }
}
