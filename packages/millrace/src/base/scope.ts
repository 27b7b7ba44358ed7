/** Something that is closed once, asynchronously or at once. */
export type Closable = AsyncDisposable | Disposable;

/**
 * Owns what a component opens, and closes it all in the reverse order.
 *
 * Closing is idempotent. A failure to close one thing does not keep the others open: the first
 * failure is rethrown when all are done.
 */
export class Scope implements AsyncDisposable {
  readonly #owned: Closable[] = [];
  #closing: Promise<void> | undefined;

  /** Whether closing has begun. */
  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** Takes charge of `thing` and returns it. */
  own<T extends Closable>(thing: T): T {
    this.#owned.push(thing);
    return thing;
  }

  /** Runs `close` when the scope closes. */
  defer(close: () => void | Promise<void>): void {
    this.#owned.push({ [Symbol.asyncDispose]: async () => close() });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (let thing = this.#owned.pop(); thing !== undefined; thing = this.#owned.pop()) {
      try {
        if (Symbol.asyncDispose in thing) await thing[Symbol.asyncDispose]();
        else thing[Symbol.dispose]();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
