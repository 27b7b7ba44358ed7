import type { Clock } from "millrace/base";
import { checkDocument } from "millrace/config";
import type { DaemonConfig } from "../config/daemon-config.js";
import { createLiveConfig } from "../config/live-config.js";
import { resolveServer } from "../config/server-spec.js";
import { PoolEditor } from "./editor.js";
import { createFileStore } from "./file-store.js";
import { Pool } from "./pool.js";
import { createServer, type PooledServer } from "./server.js";
import { createMemoryStore, type PoolStore, type StoredPool, storedPoolSchema } from "./store.js";

/** Picks the store that a configuration asks for. */
export function createPoolStore({ stateFile }: DaemonConfig): PoolStore {
  return stateFile === undefined ? createMemoryStore() : createFileStore(stateFile);
}

/**
 * Makes the pool of a starting proxy: what was kept, and over it what the configuration says.
 *
 * Saves once, so that a store that cannot be written to is found now and not at the first edit.
 *
 * @throws MillraceError `invalid-options` when what was kept is unreadable
 */
export async function loadPool(
  config: DaemonConfig,
  store: PoolStore,
  clock: Clock,
): Promise<{ readonly pool: Pool; readonly editor: PoolEditor }> {
  const stored = (await store.load()) ?? { version: 1, servers: [], config: {} };
  await store.save(stored);
  const live = createLiveConfig(config.tunables, stored.config);
  const pool = new Pool(live.settings);
  pool.edit({ put: [...keptServers(stored), ...config.servers.map((spec) => createServer(spec, "config"))] });
  return { pool, editor: new PoolEditor({ pool, config: live, store, clock }) };
}

function keptServers(stored: StoredPool): readonly PooledServer[] {
  return checkDocument(storedPoolSchema, stored).servers.map(({ draining, ...spec }) => {
    const server = createServer(resolveServer(spec), "api");
    return draining ? { ...server, duty: { state: "draining" } } : server;
  });
}
