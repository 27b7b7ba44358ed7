import { setMaxListeners } from "node:events";
import type { WaitLine } from "../base/wait-line.js";

/** What can be waited for. */
interface Readiness {
  whenReady(signal?: AbortSignal): Promise<void>;
}

/**
 * Settles when one of `services` may have become ready, or `changes` lets its waiters go. Waits for none
 * of them any longer then. A service that never can be ready again is left to whoever removes it.
 */
export async function whenAnyReady(
  services: readonly Readiness[],
  changes: WaitLine,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  const waits = new AbortController();
  setMaxListeners(0, waits.signal);
  const stop = () => waits.abort(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  const changed = changes.join(waits.signal);
  const never = new Promise<never>(() => {});
  try {
    await Promise.race([
      changed,
      ...services.map((service) => service.whenReady(waits.signal).catch(() => never)),
    ]);
  } finally {
    signal?.removeEventListener("abort", stop);
    changed.catch(() => {});
    waits.abort();
  }
}
