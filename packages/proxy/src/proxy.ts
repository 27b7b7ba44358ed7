import { Scope } from "millrace/base";
import { openAdmin } from "./admin/open-admin.js";
import type { Address } from "./config/address.js";
import type { DaemonConfig } from "./config/daemon-config.js";
import { HealthMonitor } from "./health/monitor.js";
import { type ProxyOptions, proxySettings } from "./options.js";
import { createPoolStore, loadPool } from "./pool/open-pool.js";
import { openRemovals } from "./pool/removals.js";
import { StatsCollector } from "./stats/collector.js";
import { WorkerFleet } from "./workers/fleet.js";
import { openListeners } from "./workers/listeners.js";

/** A running proxy: a manager in this process, and its workers. */
export interface RunningProxy extends AsyncDisposable {
  /** Where clients connect, with the ports that the system chose for port 0. */
  readonly addresses: readonly Address[];
  /** Where the admin API listens; `undefined` without one. */
  readonly admin: Address | undefined;
  /** How many servers the pool had when it was loaded: from the configuration, or kept by the state file. */
  readonly servers: number;

  /**
   * Follows another configuration: its servers and live settings. Addresses, the number of workers and
   * the state file stay as they are.
   */
  reload(config: DaemonConfig): Promise<void>;

  /** Stops accepting, lets requests in flight finish within the configured drain, then ends. Idempotent. */
  close(): Promise<void>;

  /** Ends all workers at once, with all that they carry. For when nobody will wait for {@link close}. */
  kill(): void;
}

/**
 * Opens a proxy and settles once all of its workers accept connections.
 *
 * The caller owns it and must close it: until then it checks servers, replaces workers that die and
 * serves the admin API.
 *
 * @throws MillraceError `invalid-options` when an address cannot be had, `unavailable` when workers cannot run
 */
export async function openProxy(config: DaemonConfig, options: ProxyOptions = {}): Promise<RunningProxy> {
  const { entry, count, probe, clock, random, log } = proxySettings(config, options);
  const scope = new Scope();
  const close = () => scope[Symbol.asyncDispose]();
  try {
    const { pool, editor } = await loadPool(config, createPoolStore(config), clock);
    const listeners = scope.own(await openListeners(config.listen));
    const fleet = new WorkerFleet({ entry, count, listeners: listeners.all, pool, clock, random, log });
    scope.defer(() => fleet.drain(0));
    const health = scope.own(new HealthMonitor({ pool, fleet, probe, clock, random, log }));
    const stats = scope.own(new StatsCollector({ fleet, pool, clock }));
    scope.own(openRemovals({ pool, clock, inFlight: (revision) => fleet.inFlight(revision) }));
    const admin =
      config.admin && scope.own(await openAdmin({ pool, editor, fleet, health, stats, log }, config.admin));
    await fleet.whenReady();
    scope.defer(() => fleet.drain(pool.settings.drainMs));
    // Before the workers': as long as any process has them open, the system accepts for them.
    scope.own(listeners);

    return {
      addresses: listeners.all.map(({ address }) => address),
      admin: admin?.address,
      servers: pool.servers.size,
      reload: (next) => editor.reload(next),
      close,
      kill: () => fleet.kill(),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
