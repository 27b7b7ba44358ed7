import { isDeepStrictEqual } from "node:util";
import { type Watch, WatchSource } from "../../base/watch.js";

/** A setting that may change while the process runs, with its present value always at hand. */
export interface Refreshable<T> extends Watch<T> {
  /**
   * A part of this setting, or what follows from it. Its subscribers hear only of changes to that part:
   * a value that equals the one before, by structure, is no change, and the old one stays.
   *
   * Nothing is held for a part without subscribers, so that it can be made freely and forgotten.
   */
  map<U>(project: (value: T) => U): Refreshable<U>;
}

/** The writing end of a {@link Refreshable}. */
export class RefreshableSource<T> implements Refreshable<T> {
  readonly #source: WatchSource<T>;
  readonly #equal: (before: T, after: T) => boolean;

  /** `equal` says when a value that is set is no change; by structure, unless said otherwise. */
  constructor(value: T, equal: (before: T, after: T) => boolean = isDeepStrictEqual) {
    this.#source = new WatchSource(value);
    this.#equal = equal;
  }

  get value(): T {
    return this.#source.value;
  }

  /** Replaces the value and tells every subscriber. One that equals the old is no change. */
  set(value: T): void {
    if (!this.#equal(this.#source.value, value)) this.#source.set(value);
  }

  subscribe(listener: (value: T) => void): Disposable {
    return this.#source.subscribe(listener);
  }

  map<U>(project: (value: T) => U): Refreshable<U> {
    return new Part(this, project);
  }
}

/** A setting that never changes, for where one that may is asked for. */
export function createRefreshable<T>(value: T): RefreshableSource<T> {
  return new RefreshableSource(value);
}

/** Follows its whole when it is looked at, and by subscription only while it has subscribers itself. */
class Part<T, U> implements Refreshable<U> {
  readonly #whole: Refreshable<T>;
  readonly #project: (value: T) => U;
  #projected: T;
  #value: U;
  /** What subscribers know; exists while there are any. */
  #told: WatchSource<U> | undefined;
  #subscribers = 0;
  #following: Disposable | undefined;

  constructor(whole: Refreshable<T>, project: (value: T) => U) {
    this.#whole = whole;
    this.#project = project;
    this.#projected = whole.value;
    this.#value = project(whole.value);
  }

  get value(): U {
    const whole = this.#whole.value;
    if (whole !== this.#projected) {
      const value = this.#project(whole);
      this.#projected = whole;
      if (!isDeepStrictEqual(value, this.#value)) this.#value = value;
    }
    return this.#value;
  }

  subscribe(listener: (value: U) => void): Disposable {
    this.#told ??= new WatchSource(this.value);
    this.#following ??= this.#whole.subscribe(() => this.#told?.set(this.value));
    this.#subscribers += 1;
    const subscription = this.#told.subscribe(listener);
    let subscribed = true;
    return {
      [Symbol.dispose]: () => {
        subscription[Symbol.dispose]();
        if (subscribed) this.#leave();
        subscribed = false;
      },
    };
  }

  map<V>(project: (value: U) => V): Refreshable<V> {
    return new Part(this, project);
  }

  #leave(): void {
    this.#subscribers -= 1;
    if (this.#subscribers > 0) return;
    this.#following?.[Symbol.dispose]();
    this.#following = undefined;
    this.#told = undefined;
  }
}
