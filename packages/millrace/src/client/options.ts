import { type Clock, systemClock } from "../base/clock.js";
import {
  invalidOption,
  requireFunctions,
  requireOneOf,
  requireRange,
  withDefaults,
} from "../base/options.js";
import { type Random, systemRandom } from "../base/random.js";
import type { RetryBudget } from "../service/retry/budget.js";
import { isIdempotent } from "../wire/http/status.js";
import type { HostMetricsRegistry } from "./metrics/host-metrics.js";
import type { ClientMetrics } from "./metrics/instruments.js";
import type { ServerQos } from "./policy/client-retry.js";
import type { StrategyName } from "./selection/strategy.js";
import type { TraceFormat } from "./trace/propagation.js";
import { type TraceOptions, type TraceSettings, traceSettings } from "./trace/settings.js";
import { type WaitSpan, waitSpan } from "./trace/wait-span.js";
import {
  type NodeChannelOptions,
  type NodeChannelSettings,
  nodeChannelSettings,
} from "./transport/node-channels.js";
import { openTransport } from "./transport/open-transport.js";
import type { OpenTransport } from "./transport/transport.js";
import { createUserAgentText, type UserAgent } from "./user-agent.js";

/** Which requests may reach a server twice: all, those of methods that say so (RFC 9110 §9.2.2), none. */
export type Idempotency = "Always" | "ByMethod" | "Never";

/** Policies of clients: what belongs to a program, and not in its configuration file. */
export interface ClientOptions {
  /** Who calls. */
  readonly userAgent: UserAgent;
  /**
   * Which of a service's nodes a call goes to. A node may ask for another with `Node-Selection-Strategy`.
   * @defaultValue `ADAPTIVE`
   */
  readonly nodeSelection?: StrategyName | undefined;
  /**
   * Whether clients send no more at once than nodes show they can take. Without, they pile on a server
   * that is in trouble already.
   * @defaultValue `Enabled`
   */
  readonly clientQos?: "Enabled" | "DangerousDisableSympatheticClientQos" | undefined;
  /**
   * What becomes of 429 and 503.
   * @defaultValue `AutomaticRetry`
   */
  readonly serverQos?: ServerQos | undefined;
  /**
   * Whose failure a Conjure error of a server is: this process's own, or one that its callers get as it is.
   * @defaultValue `WrapInNewError`
   */
  readonly serviceError?: "WrapInNewError" | "PropagateToCaller" | undefined;
  /** @defaultValue `ByMethod` */
  readonly idempotency?: Idempotency | undefined;
  /**
   * Whether a request that may not reach a server twice is given up also after a 429 or 503.
   * @defaultValue false
   */
  readonly strictIdempotency?: boolean | undefined;
  /**
   * The longest wait a server may ask for with `Retry-After`, in milliseconds, at least 0.
   * @defaultValue 60_000
   */
  readonly retryAfterCapMs?: number | undefined;
  /**
   * Limits retries to a share of all calls; one object for all clients it is given to.
   * @defaultValue for each client one of its own: a fifth of the calls, and ten a second
   */
  readonly retryBudget?: RetryBudget | undefined;
  /**
   * Whether responses may be compressed.
   * @defaultValue true
   */
  readonly compression?: boolean | undefined;
  /**
   * Traces calls, and tells servers of the trace. Without it, a trace that a call's context is a part of is
   * still passed on.
   * @defaultValue none
   */
  readonly tracing?: TraceOptions | undefined;
  /**
   * Measures calls and attempts: one object for all clients, see `createClientMetrics` of `millrace/client/metrics`.
   * @defaultValue none
   */
  readonly metrics?: ClientMetrics | undefined;
  /**
   * Keeps what is seen of each host; one object for all clients.
   * @defaultValue none
   */
  readonly hostMetrics?: HostMetricsRegistry | undefined;
  /** How connections to nodes are kept. */
  readonly nodeChannels?: NodeChannelOptions | undefined;
  /** What carries requests to a node. @defaultValue a channel of HTTP/1.1 for each node */
  readonly openTransport?: OpenTransport | undefined;
  /** Chooses nodes and spreads waits. @defaultValue {@link systemRandom} */
  readonly random?: Random | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/** {@link ClientOptions}, checked and complete. */
export interface ClientSettings extends ClientOptions {
  readonly nodeSelection: StrategyName;
  readonly limits: boolean;
  readonly serverQos: ServerQos;
  readonly isIdempotent: (method: string) => boolean;
  readonly strictIdempotency: boolean;
  readonly retryAfterCapMs: number;
  readonly compression: boolean;
  readonly trace: TraceSettings | undefined;
  /** Headers by which servers are told of a trace. */
  readonly traceFormats: readonly TraceFormat[];
  /** Traces the wait for a node; `undefined` where nothing is traced, or no call ever waits. */
  readonly nodeWait: WaitSpan | undefined;
  readonly nodeChannels: NodeChannelSettings;
  readonly openTransport: OpenTransport;
  readonly random: Random;
  readonly clock: Clock;
}

const defaults = {
  nodeSelection: "ADAPTIVE" as StrategyName,
  clientQos: "Enabled" as NonNullable<ClientOptions["clientQos"]>,
  serverQos: "AutomaticRetry" as ServerQos,
  serviceError: "WrapInNewError" as NonNullable<ClientOptions["serviceError"]>,
  idempotency: "ByMethod" as Idempotency,
  strictIdempotency: false,
  retryAfterCapMs: 60_000,
  compression: true,
  openTransport,
  random: systemRandom,
  clock: systemClock,
};

/**
 * Turns options into settings.
 *
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function clientSettings({
  userAgent,
  retryBudget,
  tracing,
  metrics,
  hostMetrics,
  nodeChannels,
  ...options
}: ClientOptions): ClientSettings {
  const settings = withDefaults(defaults, options);
  createUserAgentText(userAgent);
  requireOneOf("client.nodeSelection", settings.nodeSelection, strategies);
  requireOneOf("client.clientQos", settings.clientQos, ["Enabled", "DangerousDisableSympatheticClientQos"]);
  requireOneOf("client.serverQos", settings.serverQos, ["AutomaticRetry", "Propagate429And503ToCaller"]);
  requireOneOf("client.serviceError", settings.serviceError, ["WrapInNewError", "PropagateToCaller"]);
  requireOneOf("client.idempotency", settings.idempotency, ["Always", "ByMethod", "Never"]);
  requireRange("client.retryAfterCapMs", settings.retryAfterCapMs, 0, Infinity);
  requireBoolean("client.strictIdempotency", settings.strictIdempotency);
  requireBoolean("client.compression", settings.compression);
  requireFunctions("client", settings, "random", "openTransport");
  requireFunctions("client.clock", settings.clock, "now", "wallTime", "schedule");
  if (metrics) requireFunctions("client.metrics", metrics, "showLimiters");
  if (hostMetrics) requireFunctions("client.hostMetrics", hostMetrics, "get");
  if (retryBudget) requireFunctions("client.retryBudget", retryBudget, "deposit", "withdraw");
  const trace = tracing && traceSettings({ clock: settings.clock, ...tracing });
  const limits = settings.clientQos === "Enabled";
  const isBalanced = settings.nodeSelection === "BALANCED";
  return {
    ...settings,
    userAgent,
    retryBudget,
    metrics,
    hostMetrics,
    nodeChannels: nodeChannelSettings(nodeChannels),
    trace,
    traceFormats: trace?.formats ?? ["w3c", "b3-multi"],
    nodeWait:
      trace && limits ? waitSpan(isBalanced ? "balanced-node-selection" : "acquire-permit") : undefined,
    limits,
    isIdempotent: idempotencyRule(settings.idempotency),
  };
}

function idempotencyRule(rule: Idempotency): (method: string) => boolean {
  if (rule === "ByMethod") return isIdempotent;
  return () => rule === "Always";
}

const strategies: readonly StrategyName[] = [
  "PIN_UNTIL_ERROR",
  "PIN_UNTIL_ERROR_WITHOUT_RESHUFFLE",
  "BALANCED",
  "ADAPTIVE",
];

function requireBoolean(path: string, value: boolean): void {
  if (typeof value !== "boolean") throw invalidOption(path, "true or false", value);
}
