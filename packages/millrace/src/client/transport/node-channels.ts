import { invalidOption, requirePositive, requireWhole, withDefaults } from "../../base/options.js";
import { type HealthCheck, requireHealthCheck } from "../../channel/health/health-check.js";

/** How the channels to nodes keep their connections. All optional. */
export interface NodeChannelOptions {
  /**
   * When a node is connected to: with its `first-call`, or `at-once`, as soon as the configuration names it.
   * In a configuration of a thousand services most nodes are called by nobody.
   * @defaultValue `first-call`
   */
  readonly connect?: "first-call" | "at-once" | undefined;
  /**
   * Members kept connected to a node that is in use, each at another of its addresses where it has several;
   * a whole number of at least 1. Each has as many connections as its calls need.
   * @defaultValue 1
   */
  readonly wanted?: number | undefined;
  /**
   * How members are checked; a path stands for a `GET` of it that must be answered by 2xx. The path is that
   * of the server, whatever path the URI of the node has.
   * @defaultValue no checks: members are healthy as long as they are connected
   */
  readonly health?: HealthCheck | `/${string}` | undefined;
  /**
   * How long a member is used before another takes its place, in milliseconds, so that new certificates and
   * balancers in between get their turn.
   * @defaultValue `Infinity`
   */
  readonly maxAgeMs?: number | undefined;
  /**
   * How long connections beyond the first of a member are kept when unused, in milliseconds: less than the
   * minute that load balancers and servers commonly keep one. Where a server says how long it does, that counts.
   * @defaultValue 55_000
   */
  readonly idleMs?: number | undefined;
  /**
   * How long a node that nobody calls stays connected, in milliseconds; then it is let go of until the next
   * call. Says nothing where nodes are connected to at once.
   * @defaultValue 300_000
   */
  readonly restAfterMs?: number | undefined;
}

/** {@link NodeChannelOptions}, checked and complete. */
export interface NodeChannelSettings {
  /** When nodes are connected to. */
  readonly connect: "first-call" | "at-once";
  /** Members kept connected to a node that is in use. */
  readonly wanted: number;
  /** How members are checked; `undefined` for not at all. */
  readonly health: HealthCheck | `/${string}` | undefined;
  /** How long a member is used, in milliseconds. */
  readonly maxAgeMs: number;
  /** How long connections beyond the first are kept when unused, in milliseconds. */
  readonly idleMs: number;
  /** How long a node that nobody calls stays connected, in milliseconds. */
  readonly restAfterMs: number;
}

const defaults: NodeChannelSettings = {
  connect: "first-call",
  wanted: 1,
  health: undefined,
  maxAgeMs: Infinity,
  idleMs: 55_000,
  restAfterMs: 300_000,
};

/**
 * Turns options into settings.
 *
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function nodeChannelSettings(options: NodeChannelOptions = {}): NodeChannelSettings {
  if (typeof options !== "object") throw invalidOption("client.nodeChannels", "a group of options", options);
  const settings = withDefaults(defaults, options);
  const { connect, health } = settings;
  if (connect !== "first-call" && connect !== "at-once") {
    throw invalidOption("client.nodeChannels.connect", '"first-call" or "at-once"', connect);
  }
  requireWhole("client.nodeChannels.wanted", settings.wanted, 1);
  if (typeof health === "object") requireHealthCheck(health);
  else if (health !== undefined && !isPath(health)) {
    throw invalidOption("client.nodeChannels.health", 'a path such as "/ready", or a check', health);
  }
  requirePositive("client.nodeChannels.maxAgeMs", settings.maxAgeMs);
  requirePositive("client.nodeChannels.idleMs", settings.idleMs);
  requirePositive("client.nodeChannels.restAfterMs", settings.restAfterMs);
  return settings;
}

function isPath(health: unknown): boolean {
  return typeof health === "string" && health.startsWith("/");
}
