import type { Gate } from "../gate.js";
import type { Door } from "./door.js";

/** All doors of this process, as one gate. */
export class Doors implements Gate {
  readonly #doors: Door[] = [];

  get all(): readonly Door[] {
    return this.#doors;
  }

  get connections(): number {
    return this.#doors.reduce((sum, { connections }) => sum + connections, 0);
  }

  add(door: Door): void {
    this.#doors.push(door);
  }

  remove(door: Door): void {
    this.#doors.splice(this.#doors.indexOf(door), 1);
  }

  /** Closes all, and forgets them. */
  clear(): void {
    for (const door of this.#doors.splice(0)) door.close();
  }

  async prepare(): Promise<void> {
    await Promise.all(this.#doors.map((door) => door.prepare()));
  }

  /** Those that are prepared open in this very tick, all of them. */
  async open(): Promise<void> {
    await Promise.all(this.#doors.map((door) => door.open()));
  }

  /** Puts back what others may have removed of the ways in. `nowMs` is the wall clock's time. */
  async keep(nowMs: number): Promise<void> {
    await Promise.all(this.#doors.map((door) => door.keep(nowMs)));
  }

  pause(): void {
    for (const door of this.#doors) door.pause();
  }

  /** Sends what comes to another process from now on, one path for each door; `undefined` serves it here. */
  forwardTo(paths: readonly string[] | undefined): void {
    for (const [index, door] of this.#doors.entries()) door.forwardTo(paths?.[index]);
  }

  /** Gives up the addresses, and keeps what came from there. */
  vacate(): void {
    for (const door of this.#doors) door.vacate();
  }

  retire(retired: boolean): void {
    for (const door of this.#doors) door.retire(retired);
  }

  async whenIdle(): Promise<void> {
    // One may get its last connection while another is waited for.
    while (this.connections > 0) await Promise.all(this.#doors.map((door) => door.whenIdle()));
  }

  cut(): void {
    for (const door of this.#doors) door.cut();
  }

  close(): void {
    for (const door of this.#doors) door.close();
  }
}
