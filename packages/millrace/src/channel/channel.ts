import { type Balancer, balance } from "../balance/balance.js";
import type { PickExplanation } from "../balance/explain.js";
import type { BalanceSnapshot } from "../balance/snapshot.js";
import { Scope } from "../base/scope.js";
import { Sweeper } from "../base/sweeper.js";
import type { Watch } from "../base/watch.js";
import type { Service } from "../service/service.js";
import { stack } from "../service/stack.js";
import type { HttpRequest, HttpResponse } from "../wire/http/message.js";
import { addressedTo } from "./addressed.js";
import { httpMembers } from "./member/http-members.js";
import { type ChannelOptions, type ChannelSettings, channelSettings } from "./options.js";
import { Regulator, type RegulatorParts } from "./pool/regulator.js";
import type { ChannelStatus, PoolSnapshot } from "./pool/snapshot.js";
import { type Address, addressKey } from "./resolve/address.js";
import { retries, waiting } from "./retries.js";
import { tellHealth } from "./tell-health.js";
import { untilHealthy } from "./until-healthy.js";
import { waitForMember } from "./wait-for-member.js";

/** A channel as it is now. */
export interface ChannelSnapshot extends PoolSnapshot {
  /** Scheme, host and port that requests are for. */
  readonly origin: string;
  /** What is resolved. */
  readonly resolves: string;
  /** The members as the balancer sees them. */
  readonly balance: BalanceSnapshot<number>;
}

/** An always connected, balanced and checked way to a replicated backend. */
export interface Channel extends Service<HttpRequest, HttpResponse>, AsyncDisposable {
  /** Its name in events, metrics and messages. */
  readonly label: string;
  /** Scheme, host and port that requests are for: `https://backend.internal`. */
  readonly origin: string;
  /** Whether enough members are healthy. */
  readonly status: Watch<ChannelStatus>;
  /**
   * Whether a member may be called, as far as is known: true at first, false from the time that the last one
   * is lost, or an attempt at one fails while there is none.
   */
  readonly reachable: Watch<boolean>;
  /**
   * Settles once enough members are healthy. Rejects with the reason of `signal` if that aborts first, and
   * with `closed` once the channel is.
   */
  whenHealthy(signal?: AbortSignal): Promise<void>;
  /** All that is known of addresses and members now, for people to read. */
  snapshot(): ChannelSnapshot;
  /** Chooses a member as for a call, makes none, and tells why. */
  explain(request?: HttpRequest): PickExplanation;
  /** Refuses new calls, lets those in flight finish within `pool.drainMs`, then disconnects. Idempotent. */
  close(): Promise<void>;
}

const opened = new Set<Channel>();

/** Every channel of this process that is open, the oldest first: for diagnostics and metrics. */
export function openedChannels(): readonly Channel[] {
  return [...opened];
}

/**
 * Opens a channel to `target` and starts connecting at once, without waiting for a call.
 *
 * A target is an origin (`https://backend.internal`), for each request brings its own path, or `unix:/path`. Calls may
 * be made at once: they wait for the first member. A call that failed without having been sent, or that may be sent
 * twice, is made again elsewhere. The caller owns the channel and must close it: until then it resolves, reconnects and
 * checks in the background, and keeps the process alive unless `connections.idleKeepsAlive` is false.
 *
 * @throws MillraceError `invalid-options` when an option is out of its range, or the target says more than
 * where to go
 */
export function openChannel(target: string | URL, options: ChannelOptions = {}): Channel {
  const settings = channelSettings(target, options);
  const { label, origin, resolver, clock } = settings;
  const scope = new Scope();

  const sweeper = settings.connections.sweeper ?? scope.own(new Sweeper({ clock }));
  const inFlight = (): number => callsInFlight(balancer);
  const onTrouble = (): void => resolution.refresh();
  const pool = scope.own(openPool(settings, sweeper, { inFlight, onTrouble }));
  const balancer = scope.own(balance(pool.members, settings.balance));
  const resolution = scope.own(resolver.watch(pool));
  scope.own(tellHealth(pool.status, settings));
  const service = stack(
    addressedTo(settings.authority),
    retries(settings, pool),
    waitForMember<HttpRequest, HttpResponse>(pool, waiting(settings)),
  )(balancer);

  const close = () => scope[Symbol.asyncDispose]();
  const channel: Channel = {
    label,
    origin,
    status: pool.status,
    reachable: pool.reachable,
    get ready() {
      return service.ready;
    },
    whenReady: (signal) => service.whenReady(signal),
    call: (request, context) => service.call(request, context),
    whenHealthy: (signal) => untilHealthy(pool.status, label, signal),
    snapshot: () => ({ origin, resolves: resolver.target, ...pool.snapshot(), balance: balancer.snapshot() }),
    explain: (request) => balancer.explain(request),
    close,
    [Symbol.asyncDispose]: close,
  };
  scope.own(listed(channel));
  return channel;
}

function openPool(
  settings: ChannelSettings,
  sweeper: Sweeper,
  hooks: Pick<RegulatorParts<Address, unknown>, "inFlight" | "onTrouble">,
): Regulator<Address, Service<HttpRequest, HttpResponse>> {
  const { label, pool } = settings;
  const openMember = httpMembers(settings, sweeper);
  return new Regulator({ label, settings: pool, keyOf: addressKey, openMember, ...hooks });
}

function callsInFlight(balancer: Balancer<number, HttpRequest, HttpResponse>): number {
  return balancer.snapshot().members.reduce((sum, { inFlight }) => sum + inFlight, 0);
}

/** Lists `channel` among {@link openedChannels} until disposed. */
function listed(channel: Channel): Disposable {
  opened.add(channel);
  return { [Symbol.dispose]: () => void opened.delete(channel) };
}
