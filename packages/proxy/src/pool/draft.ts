import type { LiveConfig } from "../config/live-config.js";
import type { PoolEdit } from "./pool.js";
import type { PooledServer } from "./server.js";
import type { StoredPool } from "./store.js";

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
