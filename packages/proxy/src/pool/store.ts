import { section } from "millrace/config";
import { z } from "zod";
import { serverSpecSchema } from "../config/server-spec.js";
import { tunablesSchema } from "../config/tunables.js";

/** What a store keeps: what the admin API added to the configuration. */
export const storedPoolSchema = section({
  version: z.literal(1, "this version of Millrace reads version 1"),
  servers: z.array(
    section({ ...serverSpecSchema.shape, draining: z.boolean("expected true or false").default(false) }),
    "expected a list of servers",
  ),
  config: tunablesSchema,
});

/** The kept pool as it is written. */
export type StoredPool = z.input<typeof storedPoolSchema>;

/**
 * Keeps the pool while no process runs.
 *
 * Servers and settings of the configuration file are not kept: the file is where they live.
 */
export interface PoolStore {
  /** What was kept; `undefined` when nothing ever was. */
  load(): Promise<StoredPool | undefined>;
  /**
   * Settles once `pool` is safe. Calls never overlap. Once `signal` aborts nothing is kept any more, whatever was begun:
   * rejects with its reason.
   */
  save(pool: StoredPool, signal?: AbortSignal): Promise<void>;
  /**
   * Makes sure that {@link save} can be called, and changes nothing: what is kept may be another process's.
   *
   * @throws MillraceError `unavailable` when nothing can be kept
   */
  probe(): Promise<void>;
}

/** Makes a store that forgets with the process. */
export function createMemoryStore(initial?: StoredPool): PoolStore {
  let kept = initial;
  return {
    load: async () => kept,
    save: async (pool, signal) => {
      signal?.throwIfAborted();
      kept = pool;
    },
    probe: () => Promise.resolve(),
  };
}
