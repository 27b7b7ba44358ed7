import type { Clock } from "../base/clock.js";
import { Task, TaskHeap } from "./task-heap.js";

/** How far {@link VirtualClock.run} goes. */
export interface RunOptions {
  /** Asked before each task; true ends the run. @defaultValue never */
  readonly until?: (() => boolean) | undefined;
  /** Time on the clock beyond which no task is run, in milliseconds. @defaultValue `Infinity` */
  readonly endMs?: number | undefined;
}

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

  /**
   * Moves time from task to task, letting promises settle after each, until there is none, or as
   * `options` say. Made for simulations: a step costs a fifth of one of {@link advance}, for which I/O
   * callbacks get their turn only every thousand steps.
   */
  run({ until = never, endMs = Infinity }: RunOptions = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      let stepsLeft = stepsPerTurn;
      const step = () => {
        try {
          const task = this.#tasks.first;
          if (!task || task.due > endMs || until()) return resolve();
          this.#tasks.delete(task);
          this.#now = task.due;
          task.run();
        } catch (error) {
          return reject(error as Error);
        }
        if (stepsLeft > 0) return afterMicrotasks(step);
        stepsLeft = stepsPerTurn;
        setImmediate(step);
      };
      const afterMicrotasks = (next: () => void) => {
        stepsLeft -= 1;
        void settled.then(() => process.nextTick(next));
      };
      afterMicrotasks(step);
    });
  }
}

const stepsPerTurn = 1000;

/** A tick that is queued by a microtask has its turn when all microtasks are done, however many they become. */
const settled = Promise.resolve();

function never(): boolean {
  return false;
}

/** Lets every promise that can settle do so, I/O callbacks aside. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
