import { Backoff } from "../../base/backoff.js";
import { type Clock, sleep, systemClock } from "../../base/clock.js";
import { MillraceError } from "../../base/errors.js";
import { requireFunctions, requireText } from "../../base/options.js";
import { type Random, systemRandom } from "../../base/random.js";
import { type Address, distinctAddresses, parseAddress } from "./address.js";
import type { ResolutionListener, Resolver } from "./resolver.js";

/** Where addresses come from, one list after another. */
export interface IterableResolverOptions {
  /** What is resolved, for messages and metrics. */
  readonly target: string;
  /**
   * Starts the lists; each replaces the one before. Asked once for each watch, and again after a failure.
   * The signal aborts when nobody watches any more: what waits must give up then.
   */
  readonly lists: (signal: AbortSignal) => AsyncIterable<readonly (Address | string)[]>;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
  /** @defaultValue {@link systemRandom} */
  readonly random?: Random | undefined;
}

/**
 * Makes a resolver of an async iterable: a service registry, a configuration that is watched.
 *
 * When the iterable ends, its last list is final. When it throws, that is told as a failure and it is asked
 * for again, after a back-off of 500 ms up to a minute. Empty lists count as failures, and remove
 * nothing; so do lists with an address that cannot be read.
 */
export function createIterableResolver(options: IterableResolverOptions): Resolver {
  requireText("resolver.target", "a name", options.target);
  requireFunctions("resolver", options, "lists");
  return {
    target: options.target,
    watch(listener) {
      const watching = new AbortController();
      void follow(options, listener, watching.signal);
      return { refresh: () => {}, [Symbol.dispose]: () => watching.abort() };
    },
  };
}

async function follow(
  options: IterableResolverOptions,
  listener: ResolutionListener,
  signal: AbortSignal,
): Promise<void> {
  const { lists, target, clock = systemClock, random = systemRandom } = options;
  const backoff = new Backoff({ initialMs: 750, maxMs: 60_000, factor: 1.5, jitter: 2 / 3, random });
  // Nothing may be told before `watch` has returned.
  await Promise.resolve();
  while (!signal.aborted) {
    try {
      for await (const list of lists(signal)) {
        if (signal.aborted) return;
        if (tell(listener, target, list)) backoff.reset();
      }
      if (!signal.aborted) listener.ended();
      return;
    } catch (error) {
      if (signal.aborted) return;
      listener.failed(error);
    }
    await sleep(clock, backoff.next(), signal).catch(() => {});
  }
}

function tell(listener: ResolutionListener, target: string, list: readonly (Address | string)[]): boolean {
  try {
    const addresses = list.map((item) => (typeof item === "string" ? parseAddress(item) : item));
    if (addresses.length === 0) throw noAddresses(target);
    listener.resolved(distinctAddresses(addresses));
    return true;
  } catch (error) {
    listener.failed(error);
    return false;
  }
}

/** The failure of a source that says nothing. */
export function noAddresses(target: string): MillraceError {
  return new MillraceError(`${target} has no addresses`, { code: "unavailable", unsent: true });
}
