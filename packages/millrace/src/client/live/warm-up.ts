import type { Clock } from "../../base/clock.js";
import { createDeferred } from "../../base/deferred.js";
import type { Transport } from "../transport/transport.js";

/** Transports that connect ahead of calls. */
export interface WarmUp {
  /** Settles when all are connected, at the latest after the limit. Never rejects. */
  readonly done: Promise<void>;
  /** Settles {@link done} now. */
  giveUp(): void;
}

/** How long connecting may take. */
export interface WarmUpBounds {
  /** In milliseconds. */
  readonly limitMs: number;
  readonly clock: Clock;
}

/** Connects `transports`. One that cannot connect is left to the calls on it, which say why. */
export function warmUp(transports: readonly Transport[], { limitMs, clock }: WarmUpBounds): WarmUp {
  const { promise: done, resolve } = createDeferred();
  const timer = clock.schedule(limitMs, () => resolve(), "upkeep");
  const giveUp = () => {
    timer[Symbol.dispose]();
    resolve();
  };
  void Promise.allSettled(transports.map(async (transport) => await transport.warm?.())).then(giveUp);
  return { done, giveUp };
}
