import type { Candidacy } from "./candidacy.js";
import { neverReady } from "./candidacy.js";
import { generationAt } from "./control/ask.js";
import type { ControlPlace } from "./control/place.js";
import { handoffEvents } from "./events.js";
import type { Generation } from "./generation.js";
import { inheritPlace } from "./inherit-place.js";
import type { DoorFrame } from "./listen/door-frame.js";

/** What there is to inherit, and who does. */
export interface InheritanceParts {
  readonly generation: Generation;
  readonly candidacy: Candidacy;
  readonly place: ControlPlace;
  readonly frame: DoorFrame;
}

/** What becomes of a process whose predecessor dies: before it serves, or in front of it. */
export class Inheritance {
  readonly #parts: InheritanceParts;
  #inheriting: Promise<void> | undefined;
  #limited = false;

  constructor(parts: InheritanceParts) {
    this.#parts = parts;
  }

  /** Hears that the predecessor has left. One that dies in front takes its connections along, but not the service. */
  left(): void {
    const { generation, candidacy, frame } = this.#parts;
    candidacy.takeOver.older = [];
    if (candidacy.takeOver.state === "orphaned") this.#limit();
    const phase = generation.phase.value;
    if (frame.forwardTo.length === 0 && phase === "serving") void this.#makeRoom();
    // One that stands by behind it may be all that is left, too.
    if (frame.forwardTo.length === 0 || (phase !== "serving" && phase !== "standby")) return;
    const { settings, generation: number } = generation.parts;
    void this.serveAlone().then(
      async () => {
        handoffEvents.publish({ type: "alone", name: settings.name, generation: number });
        if (phase === "standby") await generation.resume(false);
      },
      () => generation.end("stopped"),
    );
  }

  /** Serves without a predecessor: what that passed is here, and what it held is free. */
  async serveAlone(): Promise<void> {
    const { generation, frame } = this.#parts;
    await this.#inherit();
    if (frame.forwardTo.length > 0) await frame.rebind();
    await generation.parts.gate.open();
  }

  /** A predecessor that was asked to serve again, and took longer for it than it was waited for, has the place now. */
  async #makeRoom(): Promise<void> {
    const { place, generation } = this.#parts;
    const { seat, way, settings } = generation.parts;
    if (way === "forward" || seat.held) return;
    const holder = await generationAt(place, settings);
    if (holder?.phase === "serving" && holder.pid !== process.pid) await generation.end("given-back");
  }

  /** Takes the place once: when the predecessor dies, not when this process is ready. */
  #inherit(): Promise<void> {
    const { place, generation, candidacy } = this.#parts;
    const { seat, settings } = generation.parts;
    const { standsBy } = candidacy.acceptance;
    this.#inheriting ??= inheritPlace({ place, seat, clock: settings.clock, standsBy });
    return this.#inheriting;
  }

  /** Nobody else limits the time that this process takes to get ready now. */
  #limit(): void {
    if (this.#limited) return;
    this.#limited = true;
    const { generation } = this.#parts;
    const { clock, readyMs } = generation.parts.settings;
    const tooLate = () => void generation.fail(neverReady(`not ready within ${readyMs / 1_000} s`));
    const late = clock.schedule(readyMs, tooLate);
    generation.phase.subscribe(() => late[Symbol.dispose]());
    this.#inherit().catch((error: Error) => generation.fail(error));
  }
}
