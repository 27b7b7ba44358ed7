/** Hears that a signal has aborted. */
export interface AbortFollower {
  /** It has, for `reason`. Must not throw. */
  callAborted(reason: unknown): void;
}

/**
 * Tells `follower` when `signal`, which has not aborted yet, does; until {@link unfollow}.
 *
 * However many follow a signal, it has one listener: Node warns of a leak where there are more than ten, and looks at
 * all of them for each that is added or removed.
 */
export function follow(signal: AbortSignal, follower: AbortFollower): void {
  let followers = followersOf.get(signal);
  if (!followers) {
    followers = new Followers(signal);
    followersOf.set(signal, followers);
  }
  followers.add(follower);
}

/** Tells `follower` of `signal` no more. Idempotent. */
export function unfollow(signal: AbortSignal, follower: AbortFollower): void {
  followersOf.get(signal)?.delete(follower);
}

const followersOf = new WeakMap<AbortSignal, Followers>();

class Followers {
  readonly #signal: AbortSignal;
  readonly #all = new Set<AbortFollower>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", this.#tell, { once: true });
  }

  add(follower: AbortFollower): void {
    this.#all.add(follower);
  }

  delete(follower: AbortFollower): void {
    if (!this.#all.delete(follower) || this.#all.size > 0 || this.#signal.aborted) return;
    followersOf.delete(this.#signal);
    this.#signal.removeEventListener("abort", this.#tell);
  }

  readonly #tell = () => {
    // One may take back another while this goes on: that one is not told any more.
    for (const follower of this.#all) {
      try {
        follower.callAborted(this.#signal.reason);
      } catch (error) {
        // As it would be of a listener of the signal: nobody's, and no reason for the others not to hear.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
    followersOf.delete(this.#signal);
  };
}

/**
 * An abort controller that follows `parent` until it is disposed.
 *
 * Stands in for `AbortSignal.any`, which on Node 20 keeps memory for as long as a parent lives.
 */
export class ChildAbort implements Disposable, AbortFollower {
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal;

  constructor(parent: AbortSignal) {
    this.#parent = parent;
    if (parent.aborted) this.abort(parent.reason);
    else follow(parent, this);
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
    unfollow(this.#parent, this);
  }

  /** @internal Follows the parent. */
  callAborted(reason: unknown): void {
    this.abort(reason);
  }
}

/** Settles like the work it starts, unless `signal` aborts first: then rejects with its reason. */
export async function raceSignal<T>(signal: AbortSignal, start: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let follower!: AbortFollower;
  const aborted = new Promise<never>((_, reject) => {
    follower = { callAborted: (reason) => reject(reason as Error) };
  });
  follow(signal, follower);
  try {
    return await Promise.race([aborted, start()]);
  } finally {
    unfollow(signal, follower);
  }
}
