import type { Server, Socket } from "node:net";
import { sleep } from "../base/clock.js";
import type { Scope } from "../base/scope.js";
import { type Watch, WatchSource } from "../base/watch.js";
import { type ListenAddress, parseListenAddress } from "./address.js";
import { applyForPlace, type Candidacy, neverReady } from "./candidacy.js";
import type { HandoffStatus, HandoffWay, Message } from "./control/messages.js";
import type { ControlPlace } from "./control/place.js";
import { receive } from "./control/reception.js";
import type { Seat } from "./control/seat.js";
import { handoffEvents } from "./events.js";
import type { Gate } from "./gate.js";
import { Generation } from "./generation.js";
import { activatedHandles } from "./handles/activation.js";
import type { Duplicator } from "./handles/duplicate.js";
import type { Handle, HandleClasses } from "./handles/handle.js";
import type { Handoff } from "./handoff.js";
import { inheritPlace } from "./inherit-place.js";
import type { Door } from "./listen/door.js";
import { DoorFrame } from "./listen/door-frame.js";
import type { HandoffSettings } from "./options.js";
import type { HandoffEnding, HandoffPhase } from "./phase.js";
import { Successions } from "./successions.js";
import { takeAddresses } from "./take-addresses.js";
import { possibleWays, requirePossible, waysOn } from "./ways.js";

/** How long one waits for those who have the sockets of a process that was killed, in milliseconds. */
const patienceMs = 2_000;
const againMs = 20;

interface Tools {
  readonly settings: HandoffSettings;
  readonly place: ControlPlace;
  readonly classes: HandleClasses;
  readonly duplicator: Duplicator | undefined;
  readonly scope: Scope;
}

/** The one implementation of {@link Handoff}. */
export class HandoffProcess implements Handoff {
  readonly #tools: Tools;
  readonly #frame: DoorFrame;
  readonly #probation = new WatchSource(false);
  #seat!: Seat;
  #candidacy: Candidacy | undefined;
  #activated: readonly Handle[] | undefined;
  #generation!: Generation;
  #gate!: Gate;
  #successions!: Successions;
  #readying: Promise<void> | undefined;
  #inheriting: Promise<void> | undefined;
  #stops = 0;
  /** Those who came before it was clear what this process is. */
  #early: Socket[] | undefined = [];
  readonly #unheard = new Set<(reason: string) => void>();

  constructor(tools: Tools) {
    this.#tools = tools;
    const { settings, place, classes, duplicator } = tools;
    this.#frame = new DoorFrame({
      place,
      classes,
      duplicator,
      clock: settings.clock,
      accepts: !settings.gate,
    });
  }

  get generation(): number {
    return this.#generation.parts.generation;
  }

  get way(): HandoffWay | "bind" {
    return this.#generation.parts.way;
  }

  get addresses(): readonly ListenAddress[] {
    const { doors, bound } = this.#frame;
    return doors.all.length > 0
      ? doors.all.map(({ address }) => address)
      : bound.map(({ address }) => address);
  }

  get listeners(): readonly Server[] {
    return this.#frame.doors.all.map(({ listener }) => listener);
  }

  get inherited(): unknown {
    return this.#candidacy?.acceptance.state;
  }

  get phase(): Watch<HandoffPhase> {
    return this.#generation.phase;
  }

  get probation(): Watch<boolean> {
    return this.#probation;
  }

  get status(): HandoffStatus {
    return this.#generation.status;
  }

  get ending(): HandoffEnding | undefined {
    return this.#generation.ending;
  }

  get ended(): Promise<HandoffEnding> {
    return this.#generation.ended;
  }

  /** Finds out what this process is, and gets hold of its addresses. */
  async open(): Promise<void> {
    const { settings, place, scope } = this.#tools;
    this.#seat = scope.own(await place.takeSeat((socket) => this.#receive(socket)));
    scope.defer(() => {
      for (const socket of this.#early ?? []) socket.destroy();
    });
    requirePossible(settings, this.#ways());
    if (settings.held) this.#activated = settings.held;
    else if (settings.ways.includes("inherit")) this.#activated = activatedHandles(settings.addresses);
    scope.defer(() => {
      this.#frame.doors.close();
      this.#frame.close();
    });
    const end = settings.clock.now() + patienceMs;
    while (!(await this.#arrive(settings.clock.now() < end))) await sleep(settings.clock, againMs);
    // It may have changed its mind since it agreed.
    const refusal = this.#candidacy?.takeOver.failure;
    if (refusal) throw refusal;
    this.#gate = settings.gate?.(this.#frame.bound) ?? this.#frame.doors;
    this.#begin();
  }

  /**
   * Comes by the addresses, from whoever holds the place or as the first. False when that is to be tried again, if it
   * `mayWait`: the place was that of a process that was killed, and somebody else who has its sockets comes back.
   */
  async #arrive(mayWait: boolean): Promise<boolean> {
    const { settings, place, classes } = this.#tools;
    this.#candidacy = await applyForPlace({
      settings,
      place,
      seat: this.#seat,
      classes,
      ways: this.#ways(),
      open: (state) => this.#open(state),
      onLater: (message) => this.#hear(message),
      onFailed: (error) => void this.#generation?.fail(error),
      onLeft: () => this.#left(),
      onProbation: (probation) => this.#probation.set(probation),
    });
    try {
      await takeAddresses(this.#frame, settings, {
        activated: this.#activated,
        candidacy: this.#candidacy,
        reuse: this.#reuses,
      });
      return true;
    } catch (error) {
      this.#candidacy?.takeOver.abandon((error as Error).message);
      if (this.#candidacy || !this.#seat.foundLeft || !mayWait) throw error;
      this.#seat.leave();
      // They look again, and find whoever has the place then.
      for (const socket of this.#early?.splice(0) ?? []) socket.destroy();
      this.#frame.clear();
      return false;
    }
  }

  /** Addresses of the predecessor that nobody has asked for. */
  get unclaimed(): number {
    return this.#frame.unclaimed;
  }

  /** The door of an address, passed or newly bound; open at once when this process serves already. */
  async claim(address: string): Promise<Door> {
    const door = await this.#frame.claim(parseListenAddress(address));
    if (this.phase.value === "serving") await door.open();
    return door;
  }

  /** Gives up what was passed and nobody has asked for. */
  dropUnclaimed(): void {
    this.#frame.dropUnclaimed();
  }

  ready(): Promise<void> {
    this.#readying ??= this.#serve();
    return this.#readying;
  }

  giveBack(reason: string): Promise<boolean> {
    return this.#generation.giveBack(reason);
  }

  stop(): Promise<void> {
    this.#stops += 1;
    this.#successions.stop();
    return this.#generation.end("stopped", this.#stops > 1);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Ways that this process can go. */
  #ways(): readonly HandoffWay[] {
    const passes = this.#tools.duplicator !== undefined;
    return possibleWays(this.#tools.settings, { passes, activated: this.#activated !== undefined });
  }

  /** Whether its addresses are those that others may listen on, too. */
  get #reuses(): boolean {
    return (this.#candidacy?.acceptance.way ?? this.#ways()[0]) === "reuse-port";
  }

  #begin(): void {
    const { settings, place, classes } = this.#tools;
    const { acceptance, takeOver } = this.#candidacy ?? {};
    this.#generation = new Generation({
      settings,
      place,
      takeOver,
      gate: this.#gate,
      seat: this.#seat,
      generation: acceptance?.generation ?? 1,
      way: acceptance?.way ?? (this.#activated ? "inherit" : "bind"),
      addresses: () => this.addresses,
      close: (last) => this.#close(last),
    });
    this.#successions = new Successions({
      generation: this.#generation,
      ways: waysOn(settings, this.#ways(), this.#reuses),
      classes,
      bound: () => this.#frame.bound,
      doors: settings.gate ? undefined : this.#frame.doors,
    });
    if (takeOver?.state === "orphaned") this.#orphaned();
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const socket of early) this.#receive(socket);
  }

  async #serve(): Promise<void> {
    try {
      await this.#gate.prepare();
      const { takeOver } = this.#candidacy ?? {};
      if (!takeOver) await this.#gate.open();
      else if ((await takeOver.ready(this.#frame.forwardTo)) === "orphaned") await this.#serveAlone();
    } catch (error) {
      await this.#generation.fail(error as Error);
      throw error;
    }
    this.#candidacy?.line.unref();
    this.#generation.phase.set("serving");
  }

  /** The predecessor has died: what it passed is here, and what it held is free. */
  async #serveAlone(): Promise<void> {
    await this.#inherit();
    if (this.#frame.forwardTo.length > 0) await this.#frame.rebind();
    await this.#gate.open();
  }

  /** Takes the place of a predecessor that has died, once: at its death, not when this process is ready. */
  #inherit(): Promise<void> {
    const { place, settings } = this.#tools;
    const { standsBy } = this.#candidacy?.acceptance ?? {};
    this.#inheriting ??= inheritPlace({ place, seat: this.#seat, clock: settings.clock, standsBy });
    return this.#inheriting;
  }

  /** Nobody else limits the time that this process takes to get ready now. */
  #orphaned(): void {
    const { clock, readyMs } = this.#tools.settings;
    const tooLate = () => void this.#generation.fail(neverReady(`not ready within ${readyMs / 1_000} s`));
    const late = clock.schedule(readyMs, tooLate);
    this.phase.subscribe(() => late[Symbol.dispose]());
    this.#inherit().catch((error: Error) => this.#generation.fail(error));
  }

  /** Opens everything in one tick, and takes the place. */
  async #open(state: unknown): Promise<void> {
    this.#tools.settings.onState?.(state, "switch");
    const opening = this.#gate.open();
    if (this.way !== "forward") this.#seat.seize();
    await opening;
  }

  async #close(last: boolean): Promise<void> {
    if (last) await this.#frame.removeSockets();
    await this.#tools.scope[Symbol.asyncDispose]();
  }

  /** What a predecessor says once this process serves. */
  #hear(message: Message): void {
    const { settings } = this.#tools;
    if (message.type === "farewell") settings.onState?.(message.state, "end");
    else if (message.type === "standby") this.#generation.standBy(false);
    else if (message.type === "resume") void this.#generation.resume(false);
    else if (message.type === "finish") void this.#generation.end("handed-over");
  }

  /** A front that dies takes its connections along, but not the service. */
  #left(): void {
    const { settings } = this.#tools;
    const { takeOver } = this.#candidacy ?? {};
    if (takeOver) takeOver.older = [];
    if (takeOver?.state === "orphaned" && this.#generation) this.#orphaned();
    if (this.#frame.forwardTo.length === 0 || this.#generation?.phase.value !== "serving") return;
    void this.#serveAlone().then(
      () => handoffEvents.publish({ type: "alone", name: settings.name, generation: this.generation }),
      () => this.stop(),
    );
  }

  #receive(socket: Socket): void {
    if (this.#early) return void this.#early.push(socket);
    const { settings } = this.#tools;
    receive(socket, {
      unheard: this.#unheard,
      clock: settings.clock,
      status: () => this.#generation.status,
      restart: () =>
        settings.restart?.() ?? Promise.reject(new Error("this program does not restart itself")),
      onHello: (line, hello) => this.#successions.consider(line, hello),
      onRefused: (reason) =>
        handoffEvents.publish({ type: "refused", name: settings.name, generation: this.generation, reason }),
    });
  }
}
