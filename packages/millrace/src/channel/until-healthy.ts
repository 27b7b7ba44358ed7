import { closedError } from "../base/errors.js";
import type { Watch } from "../base/watch.js";
import type { ChannelStatus } from "./pool/snapshot.js";

/** Settles once `status` is healthy. Rejects once it is closed, or with the reason of `signal`. */
export function untilHealthy(
  status: Watch<ChannelStatus>,
  label: string,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let watching: Disposable | undefined;
    const look = (value: ChannelStatus) => {
      if (value === "healthy") finish(resolve);
      else if (value === "closed") finish(() => reject(closedError(label)));
    };
    const finish = (settle: () => void) => {
      watching?.[Symbol.dispose]();
      signal?.removeEventListener("abort", onAbort);
      settle();
    };
    const onAbort = () => finish(() => reject(signal!.reason as Error));
    if (signal?.aborted) return onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    watching = status.subscribe(look);
    look(status.value);
  });
}
