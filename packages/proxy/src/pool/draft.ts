import { checkDocument } from "millrace/config";
import type { DaemonConfig } from "../config/daemon-config.js";
import { createLiveConfig, type LiveConfig } from "../config/live-config.js";
import { resolveServer } from "../config/server-spec.js";
import type { PoolEdit } from "./pool.js";
import { createServer, type PooledServer } from "./server.js";
import { type StoredPool, storedPoolSchema } from "./store.js";

/** A copy of the pool that an edit works on. */
export interface PoolDraft {
  readonly servers: Map<string, PooledServer>;
  config: LiveConfig;
}

/** What is different between two drafts; `undefined` when nothing is. */
export function draftEdit(before: PoolDraft, after: PoolDraft): PoolEdit | undefined {
  const put = [...after.servers.values()].filter((server) => before.servers.get(server.id) !== server);
  const remove = [...before.servers.keys()].filter((id) => !after.servers.has(id));
  if (after.config !== before.config) return { put, remove, settings: after.config.settings };
  return put.length + remove.length > 0 ? { put, remove } : undefined;
}

/** Gives `draft` the servers and settings of a configuration. Those of its former one leave; those of the API stay. */
export function followConfig(
  draft: PoolDraft,
  { servers: wanted, tunables }: Pick<DaemonConfig, "servers" | "tunables">,
  deadlineAt: number,
): void {
  draft.config = createLiveConfig(tunables, draft.config.overrides);
  const ids = new Set(wanted.map(({ id }) => id));
  for (const server of draft.servers.values()) {
    if (server.source === "config" && !ids.has(server.id))
      draft.servers.set(server.id, leaving(server, deadlineAt));
  }
  for (const spec of wanted) {
    const known = draft.servers.get(spec.id);
    const stays = known && known.duty.state !== "removing";
    draft.servers.set(
      spec.id,
      stays ? { ...known, ...spec, source: "config" } : createServer(spec, "config"),
    );
  }
}

/** Gives `draft` what a store has kept. Servers of the API that are not in it leave; those of the configuration stay. */
export function followStore(draft: PoolDraft, stored: StoredPool, deadlineAt: number): void {
  const kept = keptServers(stored);
  const ids = new Set(kept.map(({ id }) => id));
  for (const server of draft.servers.values()) {
    if (server.source === "api" && !ids.has(server.id) && server.duty.state !== "removing")
      draft.servers.set(server.id, leaving(server, deadlineAt));
  }
  for (const server of kept) {
    const known = draft.servers.get(server.id);
    if (known?.source !== "config")
      draft.servers.set(server.id, { ...server, healthy: known?.healthy ?? true });
  }
  draft.config = createLiveConfig(draft.config.base, stored.config);
}

/** Servers as a store keeps them. */
export function keptServers(stored: StoredPool): readonly PooledServer[] {
  return checkDocument(storedPoolSchema, stored).servers.map(({ draining, ...spec }) => {
    const server = createServer(resolveServer(spec), "api");
    return draining ? { ...server, duty: { state: "draining" } } : server;
  });
}

/** The server, on its way out. */
export function leaving(server: PooledServer, deadlineAt: number): PooledServer {
  return { ...server, duty: { state: "removing", deadlineAt } };
}

/** As much of a draft as has to outlive the process: what did not come from the configuration file. */
export function toStored({ servers, config }: PoolDraft): StoredPool {
  const kept = [...servers.values()].filter(
    ({ source, duty }) => source === "api" && duty.state !== "removing",
  );
  return {
    version: 1,
    servers: kept.map(({ url, weight, healthCheck, duty }) => ({
      url,
      weight,
      healthCheck,
      draining: duty.state === "draining",
    })),
    config: config.overrides,
  };
}
