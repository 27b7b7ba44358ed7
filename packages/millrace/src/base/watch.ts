/** A value that changes, with its present state always at hand. */
export interface Watch<T> {
  /** The value now. */
  readonly value: T;
  /** Calls `listener` after each change, until the handle is disposed. Not called for the value now. */
  subscribe(listener: (value: T) => void): Disposable;
}

/** The writing end of a {@link Watch}. */
export class WatchSource<T> implements Watch<T> {
  #value: T;
  readonly #listeners = new Set<(value: T) => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  /** Replaces the value and tells every subscriber, in the order they came. Equal values tell nobody. */
  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener(value);
  }

  subscribe(listener: (value: T) => void): Disposable {
    const own = (value: T) => listener(value);
    this.#listeners.add(own);
    return { [Symbol.dispose]: () => void this.#listeners.delete(own) };
  }
}
