import type { Server } from "node:net";
import type { Scope } from "../base/scope.js";
import { type Watch, WatchSource } from "../base/watch.js";
import { type ListenAddress, parseListenAddress } from "./address.js";
import { arrive } from "./arrival.js";
import type { Candidacy } from "./candidacy.js";
import type { Line } from "./control/line.js";
import { Lobby } from "./control/lobby.js";
import type { HandoffStatus, HandoffWay, Hello, Message } from "./control/messages.js";
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
import { Inheritance } from "./inheritance.js";
import { keepFiles } from "./keep-files.js";
import type { Door } from "./listen/door.js";
import { DoorFrame } from "./listen/door-frame.js";
import type { HandoffSettings } from "./options.js";
import type { HandoffEnding, HandoffPhase } from "./phase.js";
import { Successions } from "./successions.js";
import { possibleWays, requirePossible, waysOn } from "./ways.js";

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
  #inheritance: Inheritance | undefined;
  #stops = 0;
  readonly #lobby = new Lobby();

  constructor(tools: Tools) {
    this.#tools = tools;
    const { settings, place, classes, duplicator } = tools;
    this.#frame = new DoorFrame({
      place,
      classes,
      duplicator,
      clock: settings.clock,
      family: settings.family,
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
    const { settings, place, classes, scope } = this.#tools;
    this.#seat = scope.own(await place.takeSeat((socket) => this.#lobby.enter(socket)));
    scope.defer(() => this.#lobby.turnAway());
    requirePossible(settings, this.#ways());
    if (settings.held) this.#activated = settings.held;
    else if (settings.ways.includes("inherit")) this.#activated = activatedHandles(settings.addresses);
    scope.defer(() => {
      this.#frame.doors.close();
      this.#frame.close();
    });
    this.#candidacy = await arrive({
      settings,
      place,
      seat: this.#seat,
      classes,
      frame: this.#frame,
      activated: this.#activated,
      ways: this.#ways(),
      turnAway: () => this.#lobby.turnAway(),
      open: (state) => this.#open(state),
      onLater: (message) => this.#hear(message),
      onFailed: (error) => void this.#generation?.fail(error),
      onLeft: () => this.#inheritance?.left(),
      onProbation: (probation) => this.#probation.set(probation),
    });
    // It may have changed its mind since it agreed.
    const refusal = this.#candidacy?.takeOver.failure;
    if (refusal) throw refusal;
    this.#gate = settings.gate?.(this.#frame.bound) ?? this.#frame.doors;
    this.#begin();
  }

  /** Addresses of the predecessor that nobody has asked for. */
  get unclaimed(): number {
    return this.#frame.unclaimed;
  }

  /** Addresses that were passed. */
  get passed(): readonly string[] {
    return this.#candidacy?.acceptance.bound ?? [];
  }

  /** Whether one of those that were passed was asked for. */
  get continues(): boolean {
    return this.#frame.continues;
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
    const { settings, place, classes, scope } = this.#tools;
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
    if (this.#candidacy) this.#inherit(this.#candidacy);
    const { phase } = this.#generation;
    scope.own(keepFiles({ settings, place, seat: this.#seat, frame: this.#frame, phase }));
    this.#receive();
  }

  /** Gets ready for the death of its predecessor, which may have come by now. */
  #inherit(candidacy: Candidacy): void {
    const { place } = this.#tools;
    this.#inheritance = new Inheritance({
      generation: this.#generation,
      candidacy,
      place,
      frame: this.#frame,
    });
    if (candidacy.takeOver.state === "orphaned") this.#inheritance.left();
  }

  async #serve(): Promise<void> {
    try {
      await this.#gate.prepare();
      const { takeOver } = this.#candidacy ?? {};
      if (!takeOver) await this.#gate.open();
      else if ((await takeOver.ready(this.#frame.forwardTo)) === "orphaned")
        await this.#inheritance?.serveAlone();
    } catch (error) {
      await this.#generation.fail(error as Error);
      throw error;
    }
    this.#candidacy?.line.unref();
    this.#generation.phase.set("serving");
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

  /** Hears everybody who dials from now on, and those who have waited. */
  #receive(): void {
    const { settings } = this.#tools;
    const { name, clock } = settings;
    const parts = {
      clock,
      unheard: new Set<(reason: string) => void>(),
      status: () => this.#generation.status,
      restart: () =>
        settings.restart?.() ?? Promise.reject(new Error("this program does not restart itself")),
      onHello: (line: Line, hello: Hello) => this.#successions.consider(line, hello),
      onRefused: (reason: string) =>
        handoffEvents.publish({ type: "refused", name, generation: this.generation, reason }),
    };
    this.#lobby.open((socket) => receive(socket, parts));
  }
}
