import type { Clock } from "millrace/base";
import type { DaemonConfig } from "../config/daemon-config.js";
import { type LiveConfig, patchLiveConfig } from "../config/live-config.js";
import type { ServerSpec } from "../config/server-spec.js";
import { draftEdit, followConfig, followStore, leaving, type PoolDraft, toStored } from "./draft.js";
import type { Pool, PoolCounters } from "./pool.js";
import { PoolRefusal } from "./refusal.js";
import { defaultRemovalMs } from "./removals.js";
import { createServer, type PooledServer } from "./server.js";
import type { PoolStore } from "./store.js";

/** What an editor works on. */
export interface PoolEditorParts {
  readonly pool: Pool;
  readonly config: LiveConfig;
  readonly store: PoolStore;
  readonly clock: Clock;
}

/** What may change of a server that stays. */
export interface ServerPatch {
  readonly weight?: number | undefined;
  readonly draining?: boolean | undefined;
  readonly healthCheck?: ServerSpec["healthCheck"] | undefined;
}

/** Says when an edit may be made. */
export interface EditCondition {
  /** Refuses the edit as `stale` when the pool's generation is another by now. */
  readonly generation?: number | undefined;
}

/**
 * Changes the pool, one edit after the other, each kept in the store before it takes effect.
 *
 * An edit that is refused or cannot be kept has changed nothing.
 */
export class PoolEditor {
  readonly #parts: PoolEditorParts;
  #config: LiveConfig;
  #line: Promise<unknown> = Promise.resolve();
  /** Aborts when edits are refused: those too that are being made. */
  #serving = new AbortController();

  constructor(parts: PoolEditorParts) {
    this.#parts = parts;
    this.#config = parts.config;
  }

  /** The settings now, and where they come from. */
  get config(): LiveConfig {
    return this.#config;
  }

  /**
   * Adds a server, or takes back one that was on its way out. One that is there already stays.
   *
   * @throws PoolRefusal `conflict` when it is there with another weight or health check
   */
  add(
    spec: ServerSpec,
    condition?: EditCondition,
  ): Promise<{ readonly server: PooledServer; readonly created: boolean }> {
    return this.#edit(condition, ({ servers }) => {
      const known = servers.get(spec.id);
      if (known && known.duty.state !== "removing") return { server: unchanged(known, spec), created: false };
      const server = createServer(spec, known?.source ?? "api");
      servers.set(spec.id, server);
      return { server, created: true };
    });
  }

  /** @throws PoolRefusal `unknown-server` */
  update(
    id: string,
    { weight, draining, healthCheck }: ServerPatch,
    condition?: EditCondition,
  ): Promise<PooledServer> {
    return this.#edit(condition, ({ servers }) => {
      const known = requireServer(servers, id);
      const duty =
        draining === undefined
          ? known.duty
          : { state: draining ? ("draining" as const) : ("serving" as const) };
      const server = {
        ...known,
        duty,
        weight: weight ?? known.weight,
        healthCheck: healthCheck ?? known.healthCheck,
      };
      servers.set(id, server);
      return server;
    });
  }

  /**
   * Takes a server out: at once when `drainMs` is 0, else when its requests are finished or `drainMs`
   * have passed.
   *
   * @throws PoolRefusal `unknown-server`
   */
  remove(id: string, drainMs: number, condition?: EditCondition): Promise<PooledServer> {
    return this.#edit(condition, ({ servers }) => {
      const known = requireServer(servers, id);
      const gone = leaving(known, this.#parts.clock.now() + drainMs);
      if (drainMs === 0) servers.delete(id);
      else servers.set(id, gone);
      return gone;
    });
  }

  /** @throws ConfigError when the patch does not fit */
  configure(patch: unknown, condition?: EditCondition): Promise<LiveConfig> {
    return this.#edit(condition, (draft) => {
      draft.config = patchLiveConfig(draft.config, patch);
      return draft.config;
    });
  }

  /** Follows a configuration that was read again: its servers come, change and go, those of the API stay. */
  reload(config: DaemonConfig, drainMs = defaultRemovalMs): Promise<void> {
    const deadlineAt = this.#parts.clock.now() + drainMs;
    return this.#edit(undefined, (draft) => followConfig(draft, config, deadlineAt));
  }

  /**
   * Refuses edits until {@link resume}, those included that are not safe yet: from now on another process has the pool.
   * Nothing is kept in the store once this returns.
   */
  pause(): void {
    this.#serving.abort(new PoolRefusal("another process has the pool now; ask again", "handed-over"));
  }

  /** Takes up what the store has by now, which the other process may have kept there, and takes edits again. */
  async resume(): Promise<void> {
    const { store, clock } = this.#parts;
    await this.#line;
    this.#serving = new AbortController();
    const stored = await store.load();
    if (!stored) return;
    await this.#edit(undefined, (draft) => followStore(draft, stored, clock.now() + defaultRemovalMs));
  }

  /** Makes servers and settings those of `draft`, and keeps them. */
  adopt(draft: PoolDraft, counters: PoolCounters): Promise<void> {
    const { pool, store } = this.#parts;
    this.#config = draft.config;
    pool.replace(draft.servers.values(), draft.config.settings, counters);
    const { signal } = this.#serving;
    const kept = this.#line.then(() =>
      store.save(toStored({ servers: new Map(pool.servers), config: this.#config }), signal),
    );
    this.#line = kept.catch(() => undefined);
    return kept;
  }

  #edit<T>(condition: EditCondition | undefined, change: (draft: PoolDraft) => T): Promise<T> {
    const edited = this.#line.then(() => this.#make(condition, change));
    this.#line = edited.catch(() => undefined);
    return edited;
  }

  async #make<T>(condition: EditCondition = {}, change: (draft: PoolDraft) => T): Promise<T> {
    const { pool, store } = this.#parts;
    const { generation = pool.generation } = condition;
    const { signal } = this.#serving;
    signal.throwIfAborted();
    if (generation !== pool.generation) throw new PoolRefusal("the pool has been edited since", "stale");

    const before = { servers: new Map(pool.servers), config: this.#config };
    const draft: PoolDraft = { servers: new Map(pool.servers), config: this.#config };
    const result = change(draft);
    const edit = draftEdit(before, draft);
    if (!edit) return result;
    await store.save(toStored(draft), signal);
    signal.throwIfAborted();
    this.#config = draft.config;
    pool.edit(edit);
    return result;
  }
}

function requireServer(servers: ReadonlyMap<string, PooledServer>, id: string): PooledServer {
  const server = servers.get(id);
  if (!server)
    throw new PoolRefusal(
      `no server ${JSON.stringify(id.slice(0, 256))} in the pool`,
      "unknown-server",
      "id",
    );
  return server;
}

function unchanged(known: PooledServer, { weight, healthCheck }: ServerSpec): PooledServer {
  const same = known.weight === weight && JSON.stringify(known.healthCheck) === JSON.stringify(healthCheck);
  if (same) return known;
  const advice = `change it with PATCH /servers/${encodeURIComponent(known.id)}`;
  throw new PoolRefusal(
    `${known.url} is in the pool with another weight or health check; ${advice}`,
    "conflict",
    "url",
  );
}
