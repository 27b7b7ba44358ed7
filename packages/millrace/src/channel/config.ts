import { parseDuration } from "../base/durations.js";
import { MillraceError } from "../base/errors.js";
import { nearest } from "../base/nearest.js";
import { invalidOption, requireGroup } from "../base/options.js";
import type { HttpHealthCheck } from "./health/health-check.js";
import type { ChannelOptions } from "./options.js";
import type { PoolOptions } from "./pool/options.js";
import type { ClientTlsOptions } from "./tls/client-tls.js";

/** A target and options, as {@link openChannel} takes them. */
export interface ConfiguredChannel {
  /** A URL, or `unix:/path`. */
  readonly target: string;
  /** All but the target, as far as it was said; the rest has its defaults. */
  readonly options: ChannelOptions;
}

/** What a configuration cannot say itself. */
export interface ChannelConfigParts {
  /** Names the channel, and its settings in messages. @defaultValue `channel` */
  readonly label?: string | undefined;
  /** Gives the certificate and key of the `client-identity` that the settings name. */
  readonly identityOf?: ((clientIdentity: string) => ClientTlsOptions) | undefined;
}

/**
 * Reads the settings of a channel from plain names and values, as files, flags and environments have them:
 *
 * - `uri`: the target, which also says who must answer; `connect-uri`: where to connect instead
 * - `server-identity`: who must answer; `client-identity`: who to be
 * - `n-subchannels-want`, `n-subchannels-max`, `n-subchannels-healthy-min`,
 *   `n-subchannels-healthy-critical-min`: numbers of members
 * - `log-unhealthy-initial-delay`, `log-unhealthy-repeat-delay`: durations such as `10s`, or `none`
 * - `health-check-enable`, `health-check-path`, `health-check-timeout`, `health-check-interval`
 *
 * Numbers and booleans may be text. Without `uri` there must be `connect-uri` and `server-identity`.
 *
 * @throws MillraceError `invalid-options` when a name is not known, a value is none, or too little is said
 */
export function channelOptionsFromConfig(
  config: Readonly<Record<string, unknown>>,
  parts: ChannelConfigParts = {},
): ConfiguredChannel {
  const { label = "channel", identityOf } = parts;
  if (config === undefined) throw invalidOption(label, "an object with settings", config);
  requireGroup(label, config);
  const settings = readSettings(config, label);
  const { uri, connectTo, serverIdentity, clientIdentity } = settings;
  if (uri === undefined && (connectTo === undefined || serverIdentity === undefined)) {
    throw invalidOption(`${label}.uri`, "a uri, or a connect-uri with a server-identity", "neither");
  }
  if (clientIdentity !== undefined && !identityOf) {
    throw invalidOption(`${label}.client-identity`, "none, for nobody knows its certificate", clientIdentity);
  }
  const own = clientIdentity === undefined ? {} : identityOf!(clientIdentity);
  const identity = serverIdentity === undefined ? own : { ...own, identity: serverIdentity };
  const tls = Object.keys(identity).length > 0 ? identity : undefined;
  const { pool, health } = settings;
  return {
    // No name is known: whoever answers is known by the identity alone.
    target: uri ?? "https://_",
    options: { label: parts.label, connectTo, tls, pool, health: healthOf(health, label) },
  };
}

interface Settings {
  uri?: string;
  connectTo?: string;
  serverIdentity?: string;
  clientIdentity?: string;
  readonly pool: Writable<PoolOptions>;
  readonly health: Writable<Partial<HttpHealthCheck>> & { enabled?: boolean };
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Takes a setting over. `path` names it in messages. */
type Reader = (settings: Settings, value: unknown, path: string) => void;

const readers: Readonly<Record<string, Reader>> = {
  uri: (settings, value, path) => (settings.uri = text(value, path)),
  "connect-uri": (settings, value, path) => (settings.connectTo = text(value, path)),
  "server-identity": (settings, value, path) => (settings.serverIdentity = text(value, path)),
  "client-identity": (settings, value, path) => (settings.clientIdentity = text(value, path)),
  "n-subchannels-want": ({ pool }, value, path) => (pool.wanted = whole(value, path, 1)),
  "n-subchannels-max": ({ pool }, value, path) => (pool.max = whole(value, path, 1)),
  "n-subchannels-healthy-min": ({ pool }, value, path) => (pool.healthyMin = whole(value, path, 0)),
  "n-subchannels-healthy-critical-min": ({ pool }, value, path) => (pool.criticalMin = whole(value, path, 0)),
  "log-unhealthy-initial-delay": ({ pool }, value, path) => (pool.logUnhealthyAfterMs = delay(value, path)),
  "log-unhealthy-repeat-delay": ({ pool }, value, path) => (pool.logUnhealthyEveryMs = delay(value, path)),
  "health-check-enable": ({ health }, value, path) => (health.enabled = flag(value, path)),
  "health-check-path": ({ health }, value, path) => (health.path = text(value, path)),
  "health-check-timeout": ({ health }, value, path) => (health.timeoutMs = duration(value, path)),
  "health-check-interval": ({ health }, value, path) => (health.intervalMs = duration(value, path)),
};

function readSettings(config: Readonly<Record<string, unknown>>, label: string): Settings {
  const settings: Settings = { pool: {}, health: {} };
  for (const [name, value] of Object.entries(config)) {
    const read = Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (!read) throw unknownName(name, label);
    if (value !== undefined && value !== null) read(settings, value, `${label}.${name}`);
  }
  return settings;
}

/** A path switches checks on; what else is said of them would be in vain without. */
function healthOf({ enabled, path, ...timing }: Settings["health"], label: string): ChannelOptions["health"] {
  const said = path !== undefined || Object.keys(timing).length > 0;
  if (enabled === false && said) {
    throw invalidOption(`${label}.health-check-enable`, "true where a check is described", false);
  }
  if (path === undefined && (said || enabled)) {
    throw invalidOption(`${label}.health-check-path`, 'a path such as "/ready"', "none");
  }
  return path === undefined ? undefined : { kind: "http", path, ...timing };
}

function unknownName(name: string, label: string): MillraceError {
  const known = Object.keys(readers);
  const alike = nearest(name, known);
  const hint = alike ? `, did you mean ${alike}?` : `, known are ${known.join(", ")}`;
  return new MillraceError(`${label}.${name}: there is no such setting${hint}`, {
    code: "invalid-options",
    unsent: true,
  });
}

function text(value: unknown, path: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw invalidOption(path, "text", value);
}

function whole(value: unknown, path: string, min: number): number {
  const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof number === "number" && Number.isSafeInteger(number) && number >= min) return number;
  throw invalidOption(path, `a whole number of at least ${min}`, value);
}

function flag(value: unknown, path: string): boolean {
  if (value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  throw invalidOption(path, "true or false", value);
}

function duration(value: unknown, path: string): number {
  const durationMs = typeof value === "string" ? parseDuration(value) : undefined;
  if (durationMs !== undefined && durationMs > 0) return durationMs;
  throw invalidOption(path, "a duration such as 10s", value);
}

function delay(value: unknown, path: string): number {
  if (value === "none") return Infinity;
  const durationMs = typeof value === "string" ? parseDuration(value) : undefined;
  if (durationMs !== undefined && durationMs > 0) return durationMs;
  throw invalidOption(path, "a duration such as 10s, or none", value);
}
