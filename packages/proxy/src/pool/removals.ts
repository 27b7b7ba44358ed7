import type { Clock } from "millrace/base";
import type { Pool } from "./pool.js";

/** What the end of a removal hangs on. */
export interface RemovalParts {
  readonly pool: Pool;
  readonly clock: Clock;
  /** Requests in flight on each server, over all workers that know of `revision`; rejects while some do not. */
  readonly inFlight: (revision: number) => Promise<ReadonlyMap<string, number>>;
}

/** How long a removed server may take to finish when nobody says otherwise. */
export const defaultRemovalMs = 300_000;

const lookEveryMs = 250;

/**
 * Retires each server that is being removed: once nothing runs on it in any worker, at the latest when
 * its time is up.
 */
export function openRemovals({ pool, clock, inFlight }: RemovalParts): AsyncDisposable {
  let timer: Disposable | undefined;
  let looking: Promise<void> = Promise.resolve();
  let closed = false;

  const arm = () => {
    if (closed || timer || leaving(pool).length === 0) return;
    timer = clock.schedule(
      nextLookMs(pool, clock),
      () => {
        looking = look();
      },
      "upkeep",
    );
  };
  const look = async () => {
    const before = leaving(pool);
    const busy = await inFlight(pool.revision).catch(() => undefined);
    for (const { id, duty } of before) {
      const finished = duty.deadlineAt <= clock.now() || (busy && !busy.get(id));
      if (finished && pool.servers.get(id)?.duty === duty) pool.retire(id);
    }
    timer = undefined;
    arm();
  };

  const subscription = pool.subscribe(arm);
  return {
    async [Symbol.asyncDispose]() {
      closed = true;
      subscription[Symbol.dispose]();
      timer?.[Symbol.dispose]();
      await looking;
    },
  };
}

function leaving({ servers }: Pool) {
  return [...servers.values()].flatMap(({ id, duty }) => (duty.state === "removing" ? [{ id, duty }] : []));
}

function nextLookMs(pool: Pool, clock: Clock): number {
  const deadlines = leaving(pool).map(({ duty }) => duty.deadlineAt - clock.now());
  return Math.max(0, Math.min(lookEveryMs, ...deadlines));
}
