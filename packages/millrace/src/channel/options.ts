import type { LatencyOptions } from "../balance/load/peak-ewma.js";
import { type BalanceObserver, type BalanceOptions, balanceSettings } from "../balance/options.js";
import type { OutlierOptions } from "../balance/outlier.js";
import { bestOfFew } from "../balance/pickers/best-of-few.js";
import type { Picker } from "../balance/pickers/picker.js";
import type { SlowStartOptions } from "../balance/slow-start.js";
import { type Clock, systemClock } from "../base/clock.js";
import { type HealthSignals, processHealth } from "../base/health-signals.js";
import {
  requireFunctions,
  requireGroup,
  requireOptionalFunctions,
  requirePositive,
  requireRange,
  requireWhole,
} from "../base/options.js";
import { type Random, systemRandom } from "../base/random.js";
import type { RetryBudget } from "../service/retry/budget.js";
import type { Policy } from "../service/service.js";
import { type ClientConnectionOptions, clientSettings } from "../wire/h1/client-settings.js";
import type { HttpRequest, HttpResponse } from "../wire/http/message.js";
import { whenResponseDone } from "../wire/http/when-done.js";
import { type HealthCheck, requireHealthCheck } from "./health/health-check.js";
import { type PoolOptions, type PoolSettings, poolSettings } from "./pool/options.js";
import { type RetryCondition, requireConditions } from "./retry-policy.js";
import { type ChannelTarget, type ChannelTargetOptions, channelTarget } from "./target.js";

/** How a channel spreads calls over its members. */
export interface ChannelBalanceOptions {
  /** @defaultValue {@link bestOfFew} by peak EWMA and the age of the oldest call without an answer */
  readonly picker?: Picker<HttpRequest> | undefined;
  /**
   * Says whether a response tells of a failure of its member.
   * @defaultValue a status of 500 or more does
   */
  readonly failed?: ((response: HttpResponse) => boolean) | undefined;
  /** How the latency of members is estimated. */
  readonly latency?: LatencyOptions | undefined;
  /** When members are set aside for their failures; `false` for never. */
  readonly outlier?: OutlierOptions | false | undefined;
  /** How new members ease in. @defaultValue they get their full share at once */
  readonly slowStart?: SlowStartOptions | undefined;
  /** Told how the calls of members end. */
  readonly observer?: BalanceObserver<number, HttpResponse> | undefined;
}

/**
 * Which calls a channel makes again, elsewhere, before its caller hears of a failure. One whose content is a stream that
 * somebody has begun to read is made once.
 */
export interface ChannelRetryOptions {
  /**
   * Attempts in all, the first included; a whole number of at least 1.
   * @defaultValue 4
   */
  readonly attempts?: number | undefined;
  /**
   * Which failures are worth another attempt. Statuses are, while there is a member that the call has not been to.
   * @defaultValue `connect-failure`, for every request that was not sent; `reset` and `503`, for idempotent ones
   */
  readonly on?: readonly RetryCondition[] | undefined;
  /**
   * Limits retries to a share of all calls. A call that was refused and waits for a member takes nothing from it.
   * @defaultValue a `TpsBudget` with its defaults
   */
  readonly budget?: RetryBudget | undefined;
}

/** Connections of one member, beside what a single one may do. */
export interface ChannelConnectionOptions extends Omit<ClientConnectionOptions, "clock"> {
  /**
   * The most connections of a member; a whole number of at least 1. A call that finds all in use waits.
   * @defaultValue `Infinity`
   */
  readonly max?: number | undefined;
  /**
   * How long connections beyond the first are kept when unused, in milliseconds.
   * @defaultValue 4_000
   */
  readonly idleMs?: number | undefined;
  /**
   * Longest wait for a connection, TLS included, in milliseconds.
   * @defaultValue 30_000
   */
  readonly connectMs?: number | undefined;
}

/** How a channel finds, keeps and uses its members. All optional. */
export interface ChannelOptions extends ChannelTargetOptions {
  /**
   * Wrapped around each member: sees the calls it is chosen for, and its checks over HTTP. For what is between here and
   * there, an HTTP proxy that passes requests on say; other layers go around the channel.
   * @defaultValue none
   */
  readonly memberLayer?: Policy<HttpRequest, HttpResponse> | undefined;
  /** How many members there are, and when they are replaced. */
  readonly pool?: Omit<PoolOptions, "clock" | "random"> | undefined;
  /** The connections of each member. */
  readonly connections?: ChannelConnectionOptions | undefined;
  /**
   * How members are checked; a path stands for a `GET` of it that must be answered by 2xx.
   * @defaultValue no checks: members are healthy as long as they are connected
   */
  readonly health?: HealthCheck | `/${string}` | undefined;
  /** How calls are spread over the members. */
  readonly balance?: ChannelBalanceOptions | undefined;
  /** Which calls are made again; `false` for none. */
  readonly retry?: ChannelRetryOptions | false | undefined;
  /**
   * How long a call waits while there is no member to call, in milliseconds; 0 for not at all. One that was refused by
   * a member that seemed to be there waits too, if `retry` has it made again.
   * @defaultValue 30_000
   */
  readonly waitMs?: number | undefined;
  /**
   * Whether a call waits only as long as a member is being tried, and then fails for what connecting failed
   * for. One that finds nobody trying has all addresses tried, whatever their back-off. For those who have
   * somewhere else to go.
   * @defaultValue false: a call waits until one is there
   */
  readonly failFast?: boolean | undefined;
  /** Told when the channel turns healthy, and when it no longer is. What it throws is a fault. */
  readonly onHealthy?: ((healthy: boolean) => void) | undefined;
  /**
   * Signals that the channel joins under its label: healthy when it is. `false` for none.
   * @defaultValue {@link processHealth}
   */
  readonly signals?: HealthSignals | false | undefined;
}

/**
 * What a channel goes by, gaps filled.
 *
 * @internal
 */
export interface ChannelSettings extends ChannelTarget {
  readonly pool: PoolSettings;
  readonly connections: ChannelConnectionOptions & { readonly max: number; readonly idleMs: number };
  readonly health: HealthCheck;
  readonly memberLayer: Policy<HttpRequest, HttpResponse> | undefined;
  readonly balance: BalanceOptions<number, HttpResponse, HttpRequest>;
  readonly retry:
    | (ChannelRetryOptions & { readonly attempts: number; readonly on: readonly RetryCondition[] })
    | false;
  readonly waitMs: number;
  readonly failFast: boolean;
  readonly onHealthy: ((healthy: boolean) => void) | undefined;
  readonly signals: HealthSignals | false;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Checks a target and options, and fills the gaps; nothing is open yet.
 *
 * @internal
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function channelSettings(target: string | URL, options: ChannelOptions): ChannelSettings {
  requireParts(options);
  const { clock = systemClock, random = systemRandom, waitMs = 30_000, onHealthy } = options;
  const { max = Infinity, idleMs = 4_000, ...connection } = options.connections ?? {};
  requireRange("channel.waitMs", waitMs, 0, Infinity);
  requireWhole("connections.max", max, 1);
  requirePositive("connections.idleMs", idleMs);
  clientSettings({ ...connection, clock });
  return {
    ...channelTarget(target, options),
    pool: poolSettings({ ...options.pool, clock, random }),
    connections: { ...connection, max, idleMs },
    health: healthCheck(options.health),
    memberLayer: options.memberLayer,
    balance: balanceOptions(options.balance, clock, random),
    retry: retrySettings(options.retry),
    waitMs,
    failFast: options.failFast ?? false,
    onHealthy,
    signals: options.signals ?? processHealth,
    clock,
    random,
  };
}

/** Of what kind the parts are; what is in them is checked where it is used. */
function requireParts(options: ChannelOptions): void {
  requireGroup("channel", options);
  requireOptionalFunctions("channel", options, "memberLayer", "onHealthy", "random");
  const { clock, signals, retry } = options;
  if (clock !== undefined) requireFunctions("channel.clock", clock, "now", "schedule");
  if (signals !== undefined && signals !== false) requireFunctions("channel.signals", signals, "add");
  requireGroup("channel.pool", options.pool);
  requireGroup("channel.connections", options.connections);
  requireGroup("channel.balance", options.balance);
  if (retry !== false) requireGroup("channel.retry", retry);
}

function healthCheck(given: ChannelOptions["health"]): HealthCheck {
  if (given === undefined) return { kind: "none" };
  const check: HealthCheck = typeof given === "string" ? { kind: "http", path: given } : given;
  requireHealthCheck(check);
  return check;
}

function balanceOptions(
  options: ChannelBalanceOptions = {},
  clock: Clock,
  random: Random,
): BalanceOptions<number, HttpResponse, HttpRequest> {
  requireOptionalFunctions("balance", options, "failed");
  const complete: BalanceOptions<number, HttpResponse, HttpRequest> = {
    ...options,
    picker: options.picker ?? bestOfFew({ random }),
    failed: options.failed ?? ((response) => response.status >= 500),
    whenDone: whenResponseDone,
    // Who may be called at all is the pool's decision, which has a critical mode of its own.
    panicRatio: 0,
    clock,
  };
  // Found out now, nothing is open yet.
  balanceSettings(complete);
  return complete;
}

function retrySettings(options: ChannelOptions["retry"] = {}): ChannelSettings["retry"] {
  if (options === false) return false;
  const { attempts = 4, on = ["connect-failure", "reset", "503"] } = options;
  requireWhole("retry.attempts", attempts, 1);
  requireConditions(on);
  if (options.budget) requireFunctions("retry.budget", options.budget, "deposit", "withdraw");
  return { ...options, attempts, on };
}
