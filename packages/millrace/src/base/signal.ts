/**
 * An abort controller that follows `parent` until it is disposed.
 *
 * Stands in for `AbortSignal.any`, which on Node 20 keeps memory for as long as a parent lives.
 */
export class ChildAbort implements Disposable {
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal;
  readonly #follow = () => this.abort(this.#parent.reason);

  constructor(parent: AbortSignal) {
    this.#parent = parent;
    if (parent.aborted) this.#follow();
    else parent.addEventListener("abort", this.#follow, { once: true });
  }

  /** Aborts when the parent does, or when {@link abort} is called. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborts this signal, leaving the parent alone. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Stops following the parent. */
  [Symbol.dispose](): void {
    this.#parent.removeEventListener("abort", this.#follow);
  }
}

/** Settles like the work it starts, unless `signal` aborts first: then rejects with its reason. */
export async function raceSignal<T>(signal: AbortSignal, start: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let onAbort!: () => void;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
  });
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([aborted, start()]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
