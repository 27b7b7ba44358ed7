import type { HealthSignals } from "../base/health-signals.js";
import type { Watch } from "../base/watch.js";
import { tell } from "../service/fault.js";
import type { ChannelStatus } from "./pool/snapshot.js";

/** Who is told of the health of a channel. */
export interface HealthListeners {
  readonly label: string;
  readonly onHealthy: ((healthy: boolean) => void) | undefined;
  readonly signals: HealthSignals | false;
}

/**
 * Tells listeners when a channel turns healthy, and when it no longer is; at once if it is already. What a
 * function throws is a fault.
 */
export function tellHealth(
  status: Watch<ChannelStatus>,
  { label, onHealthy, signals }: HealthListeners,
): Disposable {
  const signal = signals ? signals.add(label) : undefined;
  let last = false;
  const look = (value: ChannelStatus) => {
    const healthy = value === "healthy";
    if (healthy === last) return;
    last = healthy;
    signal?.set(healthy);
    tell("channel.onHealthy", onHealthy, healthy);
  };
  look(status.value);
  const watching = status.subscribe(look);
  return {
    [Symbol.dispose]: () => {
      watching[Symbol.dispose]();
      signal?.[Symbol.dispose]();
    },
  };
}
