import type { ProxySettings } from "../config/settings.js";
import type { Change, Snapshot } from "../ipc/messages.js";
import { type PooledServer, toRecord } from "./server.js";

/** Changes that were made together, and the revision that they lead to. */
export interface PoolChange {
  readonly revision: number;
  readonly changes: readonly Change[];
}

/** How often a pool has changed: {@link Pool.revision} and {@link Pool.generation}. */
export interface PoolCounters {
  readonly revision: number;
  readonly generation: number;
}

/** What an edit wants to be different. */
export interface PoolEdit {
  readonly put?: readonly PooledServer[];
  readonly remove?: readonly string[];
  readonly settings?: ProxySettings;
}

/**
 * The servers and settings that all workers share, as they are now.
 *
 * Every change counts the revision up by one and is told to subscribers as a delta. A worker that has
 * a snapshot and then every delta knows what the pool knows.
 */
export class Pool {
  #revision = 0;
  #generation = 0;
  #settings: ProxySettings;
  readonly #servers = new Map<string, PooledServer>();
  readonly #listeners = new Set<(change: PoolChange) => void>();

  constructor(settings: ProxySettings) {
    this.#settings = settings;
  }

  /** Counts everything that workers are told. */
  get revision(): number {
    return this.#revision;
  }

  /** Counts edits only: what people and configuration files change, not what health checks find. */
  get generation(): number {
    return this.#generation;
  }

  get settings(): ProxySettings {
    return this.#settings;
  }

  /** Servers by id, in the order in which they came. */
  get servers(): ReadonlyMap<string, PooledServer> {
    return this.#servers;
  }

  /** Everything that a new worker must know. */
  snapshot(): Snapshot {
    return {
      revision: this.#revision,
      settings: this.#settings,
      servers: [...this.#servers.values()].map(toRecord),
    };
  }

  /** Makes an edit as one change. The health of a server that was there before stays what it is. */
  edit({ put = [], remove = [], settings }: PoolEdit): void {
    this.#generation += 1;
    const changes = [...remove.flatMap((id) => this.#drop(id)), ...put.map((server) => this.#put(server))];
    if (settings) {
      this.#settings = settings;
      changes.push({ type: "settings", settings });
    }
    this.#publish(changes);
  }

  /**
   * Makes the pool what another was, as one change: its servers with their health, its settings, and its counters where
   * they are ahead.
   */
  replace(
    servers: Iterable<PooledServer>,
    settings: ProxySettings,
    { revision, generation }: PoolCounters,
  ): void {
    const wanted = new Map(Array.from(servers, (server) => [server.id, server]));
    const gone = [...this.#servers.keys()].filter((id) => !wanted.has(id)).flatMap((id) => this.#drop(id));
    this.#servers.clear();
    for (const [id, server] of wanted) this.#servers.set(id, server);
    this.#settings = settings;
    this.#revision = Math.max(this.#revision, revision);
    this.#generation = Math.max(this.#generation, generation);
    const put = Array.from(wanted.values(), (server): Change => ({ type: "put", server: toRecord(server) }));
    this.#publish([...gone, ...put, { type: "settings", settings }]);
  }

  /** Records what health checks found. Says nothing when that is known already. */
  mark(id: string, healthy: boolean): void {
    const server = this.#servers.get(id);
    if (!server || server.healthy === healthy) return;
    this.#servers.set(id, { ...server, healthy });
    this.#publish([{ type: "put", server: toRecord(this.#servers.get(id)!) }]);
  }

  /** Tells workers to give a server another chance that they ejected. */
  absolve(id: string): void {
    if (this.#servers.has(id)) this.#publish([{ type: "absolve", id }]);
  }

  /** Forgets a server that has finished. Nothing that an editor has to know of. */
  retire(id: string): void {
    this.#publish(this.#drop(id));
  }

  /** Calls `listener` after each change until the handle is disposed. */
  subscribe(listener: (change: PoolChange) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  #put(server: PooledServer): Change {
    const healthy = this.#servers.get(server.id)?.healthy ?? server.healthy;
    const put = { ...server, healthy };
    this.#servers.set(server.id, put);
    return { type: "put", server: toRecord(put) };
  }

  #drop(id: string): Change[] {
    return this.#servers.delete(id) ? [{ type: "remove", id }] : [];
  }

  #publish(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    this.#revision += 1;
    for (const listener of [...this.#listeners]) listener({ revision: this.#revision, changes });
  }
}
