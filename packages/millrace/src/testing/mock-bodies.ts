import type { DoneListener, WhenDone } from "../service/done.js";

/** Stands for responses whose bodies the test ends when it likes. */
export class MockBodies<Response> {
  readonly #reading = new Map<Response, DoneListener[]>();

  /** How many responses are being read. */
  get reading(): number {
    return this.#reading.size;
  }

  /** What to hand to a layer as its `whenDone`. */
  readonly whenDone: WhenDone<Response> = (response, listener) => {
    this.#reading.set(response, [...(this.#reading.get(response) ?? []), listener]);
  };

  /** Ends the body of `response`: all who waited for it are told. */
  end(response: Response): void {
    const listeners = this.#reading.get(response) ?? [];
    this.#reading.delete(response);
    for (const listener of listeners) listener.callDone();
  }
}
