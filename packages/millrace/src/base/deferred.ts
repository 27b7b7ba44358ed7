/** A promise with its two ends in hand (Node 20 has no `Promise.withResolvers`). */
export interface Deferred<T> {
  /** Pending until one of the two is called. */
  readonly promise: Promise<T>;
  /** Settles the promise as `value` does; without effect once it is settled. */
  resolve(value: T | PromiseLike<T>): void;
  /** Rejects the promise; without effect once it is settled. */
  reject(reason: unknown): void;
}

/** Makes a pending promise and hands out the means to settle it. */
export function createDeferred<T = void>(): Deferred<T> {
  let resolve!: (value: T | PromiseLike<T>) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
