import { type Clock, MillraceError } from "millrace/base";
import type { DaemonConfig } from "../config/daemon-config.js";
import { createLiveConfig } from "../config/live-config.js";
import { type Estate, readPool } from "../handoff/state.js";
import { keptServers } from "./draft.js";
import { PoolEditor } from "./editor.js";
import { createFileStore } from "./file-store.js";
import { Pool } from "./pool.js";
import { createServer } from "./server.js";
import { createMemoryStore, type PoolStore } from "./store.js";

/** Picks the store that a configuration asks for. */
export function createPoolStore({ stateFile }: DaemonConfig): PoolStore {
  return stateFile === undefined ? createMemoryStore() : createFileStore(stateFile);
}

/** What cannot be kept from the start is a fault of the configuration. */
async function atStart(kept: Promise<void>): Promise<void> {
  try {
    await kept;
  } catch (cause) {
    throw new MillraceError(`state: ${(cause as Error).message}`, {
      code: "invalid-options",
      unsent: true,
      cause,
    });
  }
}

/**
 * Makes the pool of a starting proxy: what was kept, and over it what the configuration says.
 *
 * Saves once, so that a store that cannot be written to is found now and not at the first edit.
 *
 * @throws MillraceError `invalid-options` when what was kept is unreadable, or the store cannot be written to
 */
export async function loadPool(
  config: DaemonConfig,
  store: PoolStore,
  clock: Clock,
): Promise<{ readonly pool: Pool; readonly editor: PoolEditor }> {
  const stored = (await store.load()) ?? { version: 1, servers: [], config: {} };
  await atStart(store.save(stored));
  const live = createLiveConfig(config.tunables, stored.config);
  const pool = new Pool(live.settings);
  pool.edit({ put: [...keptServers(stored), ...config.servers.map((spec) => createServer(spec, "config"))] });
  return { pool, editor: new PoolEditor({ pool, config: live, store, clock }) };
}

/**
 * Makes the pool of a proxy: what its predecessor has, if that has left one, else what was kept.
 *
 * Until the editor adopts what the predecessor had in the end, the store is the predecessor's.
 *
 * @throws MillraceError as {@link loadPool} does
 */
export async function openPool(
  config: DaemonConfig,
  estate: Estate | undefined,
  store: PoolStore,
  clock: Clock,
): Promise<{ readonly pool: Pool; readonly editor: PoolEditor }> {
  if (!estate) return loadPool(config, store, clock);
  await atStart(store.probe());
  const draft = readPool(estate, config, clock);
  const pool = new Pool(draft.config.settings);
  pool.replace(draft.servers.values(), draft.config.settings, estate.pool);
  return { pool, editor: new PoolEditor({ pool, config: draft.config, store, clock }) };
}
