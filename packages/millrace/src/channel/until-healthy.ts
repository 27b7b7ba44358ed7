import { closedError } from "../base/errors.js";
import { type AbortFollower, follow, unfollow } from "../base/signal.js";
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
      if (signal) unfollow(signal, follower);
      settle();
    };
    const follower: AbortFollower = {
      callAborted: (reason) => finish(() => reject(reason as Error)),
    };
    if (signal?.aborted) return follower.callAborted(signal.reason);
    if (signal) follow(signal, follower);
    watching = status.subscribe(look);
    look(status.value);
  });
}
