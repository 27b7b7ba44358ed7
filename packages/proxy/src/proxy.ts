import { Scope } from "millrace/base";
import type { Handoff, HandoffEnding, HandoffQuestion, ListenAddress } from "millrace/handoff";
import { Admin } from "./admin/admin.js";
import type { Address } from "./config/address.js";
import type { DaemonConfig } from "./config/daemon-config.js";
import { withAnotherTry } from "./handoff/another-try.js";
import { type Entrance, openEntrance } from "./handoff/entrance.js";
import { ProxyGate } from "./handoff/gate.js";
import { Legacy } from "./handoff/legacy.js";
import { requireState } from "./handoff/state.js";
import { StateTransfer } from "./handoff/state-transfer.js";
import { HealthMonitor } from "./health/monitor.js";
import { type ProxyOptions, proxySettings } from "./options.js";
import type { PoolEditor } from "./pool/editor.js";
import { createPoolStore, openPool } from "./pool/open-pool.js";
import { openRemovals } from "./pool/removals.js";
import { StatsCollector } from "./stats/collector.js";
import { WorkerFleet } from "./workers/fleet.js";
import { type Listener, type ListenerRecords, openListenerRecords } from "./workers/listeners.js";

/** A running proxy: a manager in this process, and its workers. */
export interface RunningProxy extends AsyncDisposable {
  /** Where clients connect, with the ports that the system chose for port 0. */
  readonly addresses: readonly Address[];
  /** Where the admin API listens; `undefined` without one. */
  readonly admin: Address | undefined;
  /** How many servers the pool had when it was loaded: from the configuration, kept by the state file, or taken over. */
  readonly servers: number;
  /** This process's place among the generations of the proxy; `undefined` when it does not hand over. */
  readonly handoff: Handoff | undefined;
  /** Settles when all is over, and nothing is left: it was closed, or another process has taken over. */
  readonly ended: Promise<HandoffEnding>;

  /**
   * Follows another configuration: its servers and live settings. Addresses, the number of workers and
   * the state file stay as they are. Looks at the files of certificates at once.
   *
   * @throws PoolRefusal while another process has the pool
   */
  reload(config: DaemonConfig): Promise<void>;

  /** Stops accepting, lets requests in flight finish within the configured drain, then ends. Idempotent. */
  close(): Promise<void>;

  /** Ends all workers at once, with all that they carry. For when nobody will wait for {@link close}. */
  kill(): void;
}

/**
 * Opens a proxy and settles once all of its workers accept connections. Where one of the same name runs, it takes over
 * from that: the addresses, the pool with its health, and the counters. Until all is ready the running one serves.
 *
 * The caller owns it and must close it: until then it checks servers, replaces workers that die and
 * serves the admin API.
 *
 * @throws MillraceError `invalid-options` when an address cannot be had, `unavailable` when workers cannot run; what
 * `openHandoff` throws when the running proxy refuses
 */
export function openProxy(config: DaemonConfig, options: ProxyOptions = {}): Promise<RunningProxy> {
  const settings = proxySettings(config, options);
  const { clock, log } = settings;
  const onFailed = ({ message }: Error) =>
    log.warn({ reason: message }, "could not take over; looking whether the one that ran has died meanwhile");
  return withAnotherTry(() => openOnce(config, settings), config.handoff, { clock, onFailed });
}

async function openOnce(
  config: DaemonConfig,
  settings: ReturnType<typeof proxySettings>,
): Promise<RunningProxy> {
  const { entry, count, probe, clock, random, log } = settings;
  const scope = new Scope();
  try {
    const records = scope.own(await openListenerRecords(config.listen, { clock, log }));
    const transfer = new StateTransfer(config, settings);
    const gate = new ProxyGate(clock, transfer);
    const entrance = scope.own(await openEntrance(config, gate, transfer, settings));
    const inherited = requireState(entrance.inherited);
    const { pool, editor } = await openPool(config, inherited?.estate, createPoolStore(config), clock);
    const listeners = listenersOf(records, gate);
    const { restarts } = inherited ?? {};
    const program = entrance.handoff && programOf(config);
    // A version whose workers die has somebody who serves in its stead, as long as it is on probation.
    const onLost = (how: string) => void entrance.giveBack(how);
    const shared = { entry, pool, clock, random, log };
    const fleet = new WorkerFleet({ ...shared, count, listeners, restarts, program, onLost });
    scope.defer(() => fleet.drain(0));
    records.onChange((index, tls) => fleet.certify(index, tls));
    const health = scope.own(new HealthMonitor({ pool, fleet, probe, clock, random, log }));
    const stats = scope.own(new StatsCollector({ fleet, pool, clock }));
    scope.own(openRemovals({ pool, clock, inFlight: (revision) => fleet.inFlight(revision) }));
    const admin =
      config.admin &&
      scope.own(new Admin({ pool, editor, fleet, records, health, stats, log }, config.admin));
    transfer.lead({ pool, editor, health, stats, fleet }, inherited);
    gate.lead({ fleet, admin, pool });
    await entrance.ready();
    if (program) scope.own(new Legacy({ fleet, pool, transfer, clock }));
    void entrance.proven.then(() => fleet.outlive());
    return running(scope, entrance, { gate, fleet, admin, servers: pool.servers.size, editor, records });
  } catch (error) {
    await scope[Symbol.asyncDispose]();
    throw error;
  }
}

/** Each address of clients with its handle; what is said of it is what holds when it is read. */
function listenersOf(records: ListenerRecords, { bound }: ProxyGate): readonly Listener[] {
  return records.all.map((_, index) => ({
    get record() {
      return records.all[index]!;
    },
    handle: bound[index]!.handle,
  }));
}

/** What {@link running} is made of. */
interface RunningParts extends Pick<RunningProxy, "servers"> {
  readonly gate: ProxyGate;
  readonly fleet: WorkerFleet;
  readonly admin: Admin | undefined;
  readonly editor: PoolEditor;
  readonly records: ListenerRecords;
}

/** The proxy from outside. When its part is over, for whatever reason, so is everything that `scope` has. */
function running(scope: Scope, entrance: Entrance, parts: RunningParts): RunningProxy {
  const { gate, fleet, admin, servers, editor, records } = parts;
  const bound = gate.bound.map(({ address }) => addressOf(address));
  const ended = entrance.ended.finally(() => scope[Symbol.asyncDispose]());
  ended.catch(() => undefined);
  let closing: Promise<void> | undefined;
  const close = async () => {
    await entrance.stop();
    await ended;
  };
  return {
    addresses: admin ? bound.slice(0, -1) : bound,
    admin: admin && bound.at(-1),
    servers,
    handoff: entrance.handoff,
    ended,
    reload: async (next) => {
      await Promise.all([editor.reload(next), records.reload()]);
    },
    close: () => (closing ??= close()),
    kill: () => fleet.kill(),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  };
}

/** What the next manager is found by. */
function programOf({ handoff }: DaemonConfig): HandoffQuestion | undefined {
  return handoff && { name: handoff.name, folder: handoff.folder };
}

function addressOf(address: ListenAddress): Address {
  if (address.kind === "unix") throw new TypeError(`${address.path}: the proxy listens on TCP`);
  return { host: address.host, port: address.port };
}
