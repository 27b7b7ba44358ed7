import type { Address } from "./address.js";

/** Hears what a {@link Resolver} finds. Never called before `watch` has returned. */
export interface ResolutionListener {
  /** These are the addresses now: they replace all told before. Never empty, no address twice. */
  resolved(addresses: readonly Address[]): void;
  /** A look-up failed, or found nothing. What was told before still stands; the resolver tries again. */
  failed(error: unknown): void;
  /** Nothing will change any more: the last addresses told are final. */
  ended(): void;
}

/** A watch that runs until it is disposed of. */
export interface Resolution extends Disposable {
  /** Hints that the addresses seem to be stale. The resolver looks again soon, at its own pace. */
  refresh(): void;
}

/** Finds the addresses behind a name, and keeps finding them. */
export interface Resolver {
  /** What is resolved, for messages and metrics. */
  readonly target: string;
  /**
   * Starts resolving, and tells `listener` until the resolution is disposed of; then nothing of it is
   * left. Any number of watches may run at once.
   */
  watch(listener: ResolutionListener): Resolution;
}
