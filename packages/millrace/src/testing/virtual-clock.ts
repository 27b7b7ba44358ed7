import type { Clock } from "../base/clock.js";
import { Task, TaskHeap } from "./task-heap.js";

/** A clock that stands still until it is told to move. */
export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  readonly #startWallTime: number;
  readonly #tasks = new TaskHeap();

  /** Starts at monotonic time 0, with the wall clock at `startWallTime` (ms since the epoch). */
  constructor(startWallTime = Date.UTC(2026, 0, 1)) {
    this.#startWallTime = startWallTime;
  }

  /** How many tasks wait for their time. A closed component leaves none. */
  get pending(): number {
    return this.#tasks.size;
  }

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#startWallTime + this.#now;
  }

  schedule(delayMs: number, run: () => void): Disposable {
    const task = new Task(this.#now + Math.max(delayMs, 0), this.#order++, run);
    this.#tasks.add(task);
    return { [Symbol.dispose]: () => void this.#tasks.delete(task) };
  }

  /** Moves time forward, running what falls due in order, and lets promises settle after each step. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let task = this.#tasks.first; task && task.due <= end; task = this.#tasks.first) {
      this.#tasks.delete(task);
      this.#now = task.due;
      task.run();
      await settle();
    }
    this.#now = end;
    await settle();
  }
}

/** Lets every promise that can settle do so, I/O callbacks aside. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
