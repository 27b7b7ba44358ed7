import type { Semaphore } from "../base/semaphore.js";
import type { DoneListener } from "./done.js";

/** The permit of a call whose response is being read. Given back once, however often the end is told. */
export class Permit implements DoneListener {
  #permits: Semaphore | undefined;

  constructor(permits: Semaphore) {
    this.#permits = permits;
  }

  callDone(): void {
    this.#permits?.release();
    this.#permits = undefined;
  }
}
