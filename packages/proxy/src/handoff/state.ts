import { type Clock, MillraceError } from "millrace/base";
import type { DaemonConfig } from "../config/daemon-config.js";
import { createLiveConfig } from "../config/live-config.js";
import { locateServer } from "../config/server-spec.js";
import type { TunablesDocument } from "../config/tunables.js";
import type { ServerHealth } from "../health/monitor.js";
import { followConfig, type PoolDraft } from "../pool/draft.js";
import type { PoolCounters } from "../pool/pool.js";
import { defaultRemovalMs } from "../pool/removals.js";
import type { PooledServer } from "../pool/server.js";
import type { StatsRecord } from "../stats/collector.js";

/** Counts changes of {@link ProxyState} that an older version could not read. */
const stateFormat = 1;

/** What one generation of the proxy tells the next of itself, as JSON can carry it. */
export interface ProxyState {
  readonly format: number;
  readonly stats: StatsRecord;
  /** Workers that have died in each place. */
  readonly restarts: readonly number[];
  /** Not told at the end: by then the next generation's own is newer. */
  readonly estate?: Estate | undefined;
}

/** The part of a state that edits and checks change. */
export interface Estate {
  readonly pool: PoolCounters & {
    readonly servers: readonly ServerState[];
    /** Settings that the admin API has changed. */
    readonly overrides: TunablesDocument;
  };
  readonly health: Readonly<Record<string, ServerHealth>>;
}

/** A server; the time that its removal may still take is told from now. */
interface ServerState extends Pick<PooledServer, "url" | "weight" | "healthCheck" | "source" | "healthy"> {
  readonly duty: "serving" | "draining" | "removing";
  readonly leftMs?: number | undefined;
}

/** Writes a server. */
export function writeServer(server: PooledServer, clock: Clock): ServerState {
  const { url, weight, healthCheck, source, healthy, duty } = server;
  const leftMs = duty.state === "removing" ? duty.deadlineAt - clock.now() : undefined;
  return { url, weight, healthCheck, source, healthy, duty: duty.state, leftMs };
}

/**
 * Reads the pool that a predecessor had, as this process's own configuration wants it: as if the one that ran had read
 * that.
 */
export function readPool({ pool }: Estate, config: DaemonConfig, clock: Clock): PoolDraft {
  const servers = pool.servers.map((server) => readServer(server, clock));
  const draft: PoolDraft = {
    servers: new Map(servers.map((server) => [server.id, server])),
    config: createLiveConfig(config.tunables, pool.overrides),
  };
  followConfig(draft, config, clock.now() + defaultRemovalMs);
  return draft;
}

/**
 * Makes sure that `told` is a state that this version can read; `undefined` when there is none.
 *
 * @throws MillraceError `protocol` when it is another version's
 */
export function requireState(told: unknown): ProxyState | undefined {
  if (told === undefined || told === null) return undefined;
  const { format } = told as Partial<ProxyState>;
  if (format === stateFormat) return told as ProxyState;
  throw new MillraceError(
    `the running proxy tells of itself in form ${String(format)}, and this version reads form ${stateFormat}; stop it first`,
    { code: "protocol", unsent: true },
  );
}

/** Puts a state together. */
export function createState(parts: Omit<ProxyState, "format">): ProxyState {
  return { format: stateFormat, ...parts };
}

function readServer({ duty, leftMs = 0, url, ...rest }: ServerState, clock: Clock): PooledServer {
  const state =
    duty === "removing" ? { state: duty, deadlineAt: clock.now() + leftMs } : ({ state: duty } as const);
  return { ...locateServer(url), ...rest, duty: state };
}
