import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { MillraceError } from "millrace/base";
import { checkDocument } from "millrace/config";
import { type Address, parseAddress } from "./address.js";
import { type DaemonDocument, type DaemonValues, daemonSchema } from "./daemon.js";
import { type HandoffConfig, resolveHandoff } from "./handoff.js";
import { parseConfig } from "./parse.js";
import { locateServer, resolveServer, type ServerSpec } from "./server-spec.js";
import { type TunablesDocument, tunableSections } from "./tunables.js";

/** An address to accept connections on, and the files that make it TLS. */
export interface ListenSpec {
  /** Where to listen. */
  readonly address: Address;
  /** Certificate chain and key, PEM, as absolute paths; without them the listener is plain. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
}

/** Everything that the daemon is told from outside, checked, with defaults filled in. */
export interface DaemonConfig {
  /** Where clients connect; at least one. */
  readonly listen: readonly ListenSpec[];
  /** `undefined` for no admin API. */
  readonly admin: Address | undefined;
  /** `undefined` for one a processor. */
  readonly workers: number | undefined;
  /** Where the pool is kept across restarts, as an absolute path; `undefined` for in memory. */
  readonly stateFile: string | undefined;
  /** How the next start takes over; `undefined` for not at all. */
  readonly handoff: HandoffConfig | undefined;
  /** What is logged, and how. */
  readonly log: DaemonValues["log"];
  /** Servers that are in the pool from the start. */
  readonly servers: readonly ServerSpec[];
  /** The live settings as written, without defaults: what `PATCH /config` is laid over. */
  readonly tunables: TunablesDocument;
}

/**
 * Reads the configuration file, if there is one, and lays `flags` over it.
 *
 * A flag replaces the file's value; servers of both are put together. File names in the file are
 * relative to its folder, those in flags to the working directory.
 *
 * @throws MillraceError `invalid-options` when the file is unreadable or says something it may not
 */
export async function loadDaemonConfig(flags: DaemonDocument = {}, file?: string): Promise<DaemonConfig> {
  if (file === undefined) return daemonConfig(flags);
  const written = parseConfig(await readText(file), file);
  const servers = mergeServers(written.servers, flags.servers);
  const handoff = mergeHandoff(written.handoff, flags.handoff);
  const log = { ...written.log, ...flags.log };
  const merged = daemonConfig({ ...written, ...flags, handoff, log, servers }, dirname(resolve(file)));
  return flags.state === undefined ? merged : { ...merged, stateFile: resolve(flags.state) };
}

/**
 * Checks a whole configuration and fills its gaps.
 *
 * @throws ConfigError
 */
export function daemonConfig(document: DaemonDocument, folder = process.cwd()): DaemonConfig {
  const values = checkDocument(daemonSchema, document);
  const { workers, state, log, servers } = values;
  const written = typeof values.listen === "string" ? [values.listen] : values.listen;
  const listen = written.map((one) => listenSpec(one, folder));
  const admin = values.admin === false ? undefined : parseAddress(values.admin);
  return {
    listen,
    admin,
    workers,
    stateFile: state === undefined ? undefined : resolve(folder, state),
    handoff: resolveHandoff(values.handoff, listen[0]!.address, (path) => resolve(folder, path)),
    log,
    servers: servers.map(resolveServer),
    tunables: tunablesOf(document),
  };
}

/** A flag says no more of a server than that it is there, so what the file says of it holds. */
function mergeServers(written: DaemonDocument["servers"] = [], flags: DaemonDocument["servers"] = []) {
  const known = new Set(written.map(({ url }) => locateServer(url).id));
  return [...written, ...flags.filter(({ url }) => !known.has(locateServer(url).id))];
}

/** A flag changes what it names of the file's settings. */
function mergeHandoff(written: DaemonDocument["handoff"], flags: DaemonDocument["handoff"]) {
  return flags === undefined || flags === false || !written ? (flags ?? written) : { ...written, ...flags };
}

function listenSpec(listener: Exclude<DaemonValues["listen"], string>[number], folder: string): ListenSpec {
  const { address, tls } = typeof listener === "string" ? { address: listener, tls: undefined } : listener;
  const spec = { address: parseAddress(address)! };
  if (!tls) return spec;
  return { ...spec, tls: { certFile: resolve(folder, tls.cert), keyFile: resolve(folder, tls.key) } };
}

function tunablesOf(document: DaemonDocument): TunablesDocument {
  return Object.fromEntries(Object.entries(document).filter(([key]) => key in tunableSections));
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const reason =
      (cause as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : (cause as Error).message;
    throw new MillraceError(`${file}: ${reason}`, { code: "invalid-options", unsent: true, cause });
  }
}
