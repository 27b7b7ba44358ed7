import { MillraceError } from "../base/errors.js";
import { formatListenAddress } from "./address.js";
import type { Line } from "./control/line.js";
import { type HandoffWay, type Hello, hostName, protocolVersion, type Refusal } from "./control/messages.js";
import { handoffEvents } from "./events.js";
import { Front } from "./front.js";
import type { Generation } from "./generation.js";
import type { HandleClasses } from "./handles/handle.js";
import { connectSender } from "./handles/pass.js";
import { openIncumbent } from "./incumbent.js";
import type { Doors } from "./listen/doors.js";
import { Succession, type SuccessionState } from "./machine/succession.js";
import { type Objection, objectionTo, objectionToProtocol, wayFor } from "./objections.js";
import type { BoundAddress } from "./options.js";

/** What it takes to hand over. */
export interface SuccessionsParts {
  readonly generation: Generation;
  /** Ways by which this process can hand over. */
  readonly ways: readonly HandoffWay[];
  readonly classes: HandleClasses | undefined;
  /** What can be passed, in the order of the addresses. */
  readonly bound: () => readonly BoundAddress[];
  /** Doors whose connections can be forwarded; `undefined` where this process does not accept itself. */
  readonly doors: Doors | undefined;
}

/** What a process that was turned away is given until it is killed, in milliseconds. */
const farewellMs = 2_000;

/** All hand-overs to successors, one at a time. */
export class Successions {
  readonly #parts: SuccessionsParts;
  readonly #waiting: { line: Line; hello: Hello }[] = [];
  #current: Succession | undefined;
  readonly #front: Front;
  #generations: number;

  constructor(parts: SuccessionsParts) {
    this.#parts = parts;
    this.#generations = parts.generation.parts.generation;
    this.#front = new Front({ ...parts, onLost: () => this.#current?.leave() });
    parts.generation.phase.subscribe((phase) => {
      if (phase === "serving") this.#callWaiting();
      else if (phase === "draining") this.#turnAllAway();
    });
  }

  /** Considers somebody who wants to take over. */
  consider(line: Line, hello: Hello): void {
    const phase = this.#parts.generation.phase.value;
    const { returning } = this.#parts.generation;
    // It dialled just before another took the place: the next dial finds the right one.
    if (returning || (phase === "standby" && !this.#front.carries)) line.close();
    else if (phase === "starting") this.#letWait(line, hello);
    else {
      const objection = this.#objection(hello);
      if (objection) this.#refuse(line, ...objection);
      else this.#begin(line, hello, wayFor(hello, this.#parts.ways)!);
    }
  }

  /** Passes on that this process is to end: whoever is behind it is to end too. */
  stop(): void {
    // Who serves already goes on by itself.
    this.#current?.settle();
    this.#current?.cancel("terminating", "it was told to stop");
    this.#front.finish();
  }

  #objection(hello: Hello): Objection | undefined {
    const { generation, bound, ways } = this.#parts;
    if (hello.protocol !== protocolVersion) return objectionToProtocol(hello);
    if (generation.ending) return ["terminating", "it is about to end; start again when it has"];
    // A front has one fallback: it is busy until that is not needed any more.
    if (this.#current?.underWay || (this.#front.carries && this.#current?.state === "probation")) {
      const { pid, release } = this.#current.hello;
      return ["busy", `an upgrade to ${release} (process ${pid}) is in progress; wait until it is over`];
    }
    return objectionTo(hello, { ways, addresses: bound().map(({ asked }) => formatListenAddress(asked)) });
  }

  #refuse(line: Line, code: Refusal, reason: string): void {
    line.send({ type: "refused", code, reason });
    line.close();
    const { settings, generation } = this.#parts.generation.parts;
    handoffEvents.publish({ type: "refused", name: settings.name, generation, reason });
  }

  #begin(line: Line, hello: Hello, way: HandoffWay): void {
    const { generation, bound } = this.#parts;
    const { settings, seat, takeOver } = generation.parts;
    const { clock, readyMs, switchMs, state } = settings;
    const startedAt = clock.now();
    this.#generations += 1;
    this.#current = new Succession({
      line,
      hello,
      way,
      generation: this.#generations,
      addresses: bound().map(({ asked }) => formatListenAddress(asked)),
      bound: bound().map(({ address }) => formatListenAddress(address)),
      seat: seat.path,
      standsBy: takeOver?.standsBy,
      incumbent:
        way === "forward"
          ? this.#front.incumbent(line)
          : openIncumbent(generation, { line, pid: hello.pid, way }),
      clock,
      readyMs,
      switchMs,
      deliver: () => this.#deliver(hello, way),
      state: (moment) => state?.(moment),
      onTurnedAway: () => this.#endTurnedAway(hello),
      onState: (state, reason) => this.#follow(hello, state, clock.now() - startedAt, reason),
    });
    this.#publish(hello, { type: "upgrade-started", way });
  }

  async #deliver({ receiver }: Hello, way: HandoffWay): Promise<void> {
    const { classes, bound } = this.#parts;
    if (way !== "pass") return;
    if (!classes || receiver === undefined)
      throw new MillraceError("it takes in no sockets", { code: "protocol", unsent: true });
    using sender = await connectSender(receiver, classes);
    for (const { handle } of bound()) await sender.send(handle);
  }

  #follow(hello: Hello, state: SuccessionState, tookMs: number, reason?: string): void {
    if (state === "probation") this.#publish(hello, { type: "upgrade-switched", tookMs });
    else if (state === "proven") this.#publish(hello, { type: "upgrade-proven", tookMs });
    else if (state === "failed") this.#publish(hello, { type: "upgrade-failed", reason: reason ?? "" });
  }

  /**
   * Ends a successor that was turned away and does not leave. It may hold the sockets without accepting, and would keep
   * clients waiting when this process has ended.
   */
  #endTurnedAway({ pid, host }: Hello): void {
    if (pid === process.pid || host !== hostName()) return;
    this.#parts.generation.parts.settings.clock.schedule(farewellMs, () => kill(pid), "upkeep");
  }

  #publish(
    { pid, release }: Hello,
    event:
      | { type: "upgrade-started"; way: HandoffWay }
      | { type: "upgrade-switched" | "upgrade-proven"; tookMs: number }
      | { type: "upgrade-failed"; reason: string },
  ): void {
    const { settings, generation } = this.#parts.generation.parts;
    handoffEvents.publish({ name: settings.name, generation, pid, release, ...event });
  }

  #letWait(line: Line, hello: Hello): void {
    line.send({ type: "wait" });
    this.#waiting.push({ line, hello });
    line.onClosed = () => this.#forget(line);
  }

  #callWaiting(): void {
    const first = this.#waiting.shift();
    if (first) this.consider(first.line, first.hello);
    for (const { line, hello } of this.#waiting.splice(0)) this.consider(line, hello);
  }

  #turnAllAway(): void {
    for (const { line } of this.#waiting.splice(0)) line.close();
  }

  #forget(line: Line): void {
    const index = this.#waiting.findIndex((waiting) => waiting.line === line);
    if (index >= 0) this.#waiting.splice(index, 1);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has left.
  }
}
