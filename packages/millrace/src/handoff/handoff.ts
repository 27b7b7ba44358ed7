import type { Server, Socket } from "node:net";
import { Scope } from "../base/scope.js";
import type { Watch } from "../base/watch.js";
import { formatListenAddress, type ListenAddress, parseListenAddress } from "./address.js";
import { applyForPlace, type Candidacy, neverReady } from "./candidacy.js";
import type { HandoffStatus, HandoffWay, Message } from "./control/messages.js";
import { type ControlPlace, openPlace, type Seat } from "./control/place.js";
import { receive } from "./control/reception.js";
import { handoffEvents } from "./events.js";
import type { Gate } from "./gate.js";
import { Generation } from "./generation.js";
import { activatedHandles } from "./handles/activation.js";
import { handleClasses } from "./handles/classes.js";
import { type Duplicator, openDuplicator } from "./handles/duplicate.js";
import type { Handle, HandleClasses } from "./handles/handle.js";
import type { Door } from "./listen/door.js";
import { DoorFrame } from "./listen/door-frame.js";
import { type HandoffSettings, handoffSettings, type OpenHandoffOptions } from "./options.js";
import type { HandoffEnding, HandoffPhase } from "./phase.js";
import { Successions } from "./successions.js";

/** This process's place among the generations of its program. */
export interface Handoff extends AsyncDisposable {
  /** 1 for the first. */
  readonly generation: number;
  /** How it came by its addresses; `bind` for the first. */
  readonly way: HandoffWay | "bind";
  /** Where it listens, with the ports that the system chose for port 0. */
  readonly addresses: readonly ListenAddress[];
  /** What to listen on, one for each address: each a listening `net.Server`. Empty when there is another gate. */
  readonly listeners: readonly Server[];
  /** What the predecessor's `state` gave; `undefined` for the first. */
  readonly inherited: unknown;
  readonly phase: Watch<HandoffPhase>;
  readonly status: HandoffStatus;
  /**
   * Settles when this process's part is over, and nothing of it is left.
   *
   * @throws MillraceError when the predecessor has given up on this process
   */
  readonly ended: Promise<HandoffEnding>;

  /**
   * Says that this process can serve, and settles when it does. A predecessor serves until then; when this process dies
   * within its probation, it serves again.
   *
   * @throws MillraceError when the predecessor has given up on this process
   */
  ready(): Promise<void>;

  /**
   * Stops serving: nobody is let in, what is open may finish in the time there is for that, and the addresses are given
   * up. Idempotent; a second call does not wait for connections any more.
   */
  stop(): Promise<void>;
}

/**
 * Takes over from the running process of the same name, or is the first. Until {@link Handoff.ready} nobody is let in.
 *
 * This is what {@link serve} stands on, for programs that accept in other processes or start in several steps.
 *
 * @throws MillraceError `invalid-options` when options, addresses or the control folder cannot be used; `protocol`,
 * `unavailable`, `closed` or `timeout` when the running process refuses
 */
export async function openHandoff(options: OpenHandoffOptions): Promise<Handoff> {
  const settings = handoffSettings(options);
  const scope = new Scope();
  try {
    const place = await openPlace(settings.folder, settings.name);
    const classes = await handleClasses(place.scratch());
    const duplicator = scope.own(await openDuplicator(place.scratch(), classes));
    const process = new HandoffProcess({ settings, place, classes, duplicator, scope });
    await process.open();
    return process;
  } catch (error) {
    await scope[Symbol.asyncDispose]();
    throw error;
  }
}

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
  #seat!: Seat;
  #candidacy: Candidacy | undefined;
  #activated: readonly Handle[] | undefined;
  #generation!: Generation;
  #gate!: Gate;
  #successions!: Successions;
  #readying: Promise<void> | undefined;
  #stops = 0;
  /** Why the predecessor will not have this process after all, said before it had begun. */
  #refused: Error | undefined;
  /** Those who came before it was clear what this process is. */
  #early: Socket[] | undefined = [];

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

  get status(): HandoffStatus {
    return this.#generation.status;
  }

  get ended(): Promise<HandoffEnding> {
    return this.#generation.ended;
  }

  /** Finds out what this process is, and gets hold of its addresses. */
  async open(): Promise<void> {
    const { settings, place, classes, scope } = this.#tools;
    this.#seat = scope.own(await place.takeSeat((socket) => this.#receive(socket)));
    scope.defer(() => {
      for (const socket of this.#early ?? []) socket.destroy();
    });
    if (settings.ways.includes("inherit")) this.#activated = activatedHandles(settings.addresses);
    this.#candidacy = await applyForPlace({
      settings,
      place,
      seat: this.#seat,
      classes,
      ways: this.#ways(),
      open: (state) => this.#open(state),
      onLater: (message) => this.#hear(message),
      onFailed: (error) => this.#fail(error),
      onLeft: () => this.#left(),
    });
    await this.#takeAddresses();
    if (this.#refused) throw this.#refused;
    this.#gate = settings.gate?.(this.#frame.bound) ?? this.#frame.doors;
    this.#begin();
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
    const { settings, duplicator } = this.#tools;
    const can: Record<HandoffWay, boolean> = {
      inherit: this.#activated !== undefined,
      pass: duplicator !== undefined,
      forward: !settings.gate,
    };
    return settings.ways.filter((way) => can[way]);
  }

  #fail(error: Error): void {
    if (this.#generation) void this.#generation.fail(error);
    else this.#refused = error;
  }

  async #takeAddresses(): Promise<void> {
    const { settings, scope } = this.#tools;
    scope.defer(() => {
      this.#frame.doors.close();
      this.#frame.close();
    });
    if (this.#activated)
      settings.addresses.map((asked, index) => this.#frame.add(asked, this.#activated![index]!));
    else if (!this.#candidacy) for (const address of settings.addresses) await this.#frame.bind(address);
    else if (this.#candidacy.acceptance.way === "pass") this.#takePassed(this.#candidacy);
    else
      for (const address of this.#candidacy.acceptance.bound)
        this.#frame.addForwarded(parseListenAddress(address));
  }

  /** In the order of this process's own options, whatever the predecessor's is. */
  #takePassed({ acceptance: { addresses }, handles }: Candidacy): void {
    const { settings } = this.#tools;
    const left = addresses.map((text, index) => ({
      text,
      asked: parseListenAddress(text),
      handle: handles[index]!,
    }));
    const wanted = settings.addresses.length > 0 ? settings.addresses.map(formatListenAddress) : addresses;
    for (const text of wanted) {
      const [own] = left.splice(
        left.findIndex((one) => one.text === text),
        1,
      );
      this.#frame.add(own!.asked, own!.handle);
    }
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
      ways: settings.ways.includes("inherit")
        ? [...new Set<HandoffWay>(["inherit", ...this.#ways()])]
        : this.#ways(),
      classes,
      bound: () => this.#frame.bound,
      doors: settings.gate ? undefined : this.#frame.doors,
    });
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
    if (!(await this.#seat.claim())) throw neverReady("another process has taken the addresses meanwhile");
    if (this.#frame.forwardTo.length > 0) await this.#frame.rebind();
    await this.#gate.open();
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
    const { takeOver } = this.#candidacy ?? {};
    if (takeOver) takeOver.older = [];
    if (this.#frame.forwardTo.length === 0 || this.#generation?.phase.value !== "serving") return;
    void this.#serveAlone().catch(() => this.stop());
  }

  #receive(socket: Socket): void {
    if (this.#early) return void this.#early.push(socket);
    const { settings } = this.#tools;
    receive(socket, {
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
