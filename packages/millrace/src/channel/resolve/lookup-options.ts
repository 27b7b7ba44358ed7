import { type Clock, systemClock } from "../../base/clock.js";
import {
  invalidOption,
  requireFunctions,
  requirePositive,
  requireRange,
  requireText,
  withDefaults,
} from "../../base/options.js";
import { type Random, systemRandom } from "../../base/random.js";
import { createDnsClient, type DnsClient } from "./dns-client.js";
import { asciiDomain } from "./domain-name.js";
import { localNames, systemHostsFile } from "./local-names.js";
import type { HostSource } from "./look-up-host.js";
import { type Look, RepeatedLookup } from "./repeated-lookup.js";
import { sharedLookup } from "./shared-lookups.js";

/** Where names are looked up, and how often. */
export interface LookupOptions {
  /**
   * Who asks the servers. Resolvers with the same client and clock share their look-ups.
   * @defaultValue one for each list of `servers`
   */
  readonly client?: DnsClient | undefined;
  /**
   * Servers to ask, as IP addresses with or without a port; not with `client`.
   * @defaultValue those of the system
   */
  readonly servers?: readonly string[] | undefined;
  /**
   * Only addresses of this kind.
   * @defaultValue both kinds
   */
  readonly family?: 4 | 6 | undefined;
  /**
   * File of names that are known without asking; `false` for none.
   * @defaultValue the hosts file of the system
   */
  readonly hostsFile?: string | false | undefined;
  /**
   * Domains to look for short names in.
   * @defaultValue those of `/etc/resolv.conf`
   */
  readonly search?: readonly string[] | undefined;
  /**
   * Shortest time an answer is relied on, in milliseconds, whatever its TTL says.
   * @defaultValue 10_000
   */
  readonly minTtlMs?: number | undefined;
  /**
   * Longest time an answer is relied on, in milliseconds, whatever its TTL says.
   * @defaultValue 3_600_000
   */
  readonly maxTtlMs?: number | undefined;
  /**
   * Longest time for one look-up with all its questions, in milliseconds.
   * @defaultValue 15_000
   */
  readonly timeoutMs?: number | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
  /** @defaultValue {@link systemRandom} */
  readonly random?: Random | undefined;
}

/** Makes or finds the look-up of one name that everybody shares. */
export interface Lookups {
  /** Where host names are looked up. */
  readonly source: HostSource;
  /** The look-up of `name`, shared by all with the same settings. `kind` tells kinds of answers apart. */
  shared<T>(kind: string, name: string, makeLook: () => Look<T>): RepeatedLookup<T>;
}

const defaultClients = new Map<string, DnsClient>();

/**
 * Checks options.
 *
 * @throws MillraceError `invalid-options` when one is out of its range
 */
export function lookupsOf(options: LookupOptions): Lookups {
  const defaults = {
    hostsFile: systemHostsFile as string | false,
    minTtlMs: 10_000,
    maxTtlMs: 3_600_000,
    timeoutMs: 15_000,
    clock: systemClock,
    random: systemRandom,
  };
  const { client: _client, servers: _servers, family, search, ...ranged } = options;
  const settings = withDefaults(defaults, ranged);
  const { hostsFile, minTtlMs, maxTtlMs, timeoutMs, clock } = settings;
  requirePositive("resolver.minTtlMs", minTtlMs);
  requireRange("resolver.maxTtlMs", maxTtlMs, minTtlMs, Infinity);
  requirePositive("resolver.timeoutMs", timeoutMs);
  requireSource(options);
  const client = clientOf(options);
  const source: HostSource = { client, local: localNames({ hostsFile, search }), family, clock };
  const rest = JSON.stringify([family, search, hostsFile, minTtlMs, maxTtlMs, timeoutMs]);
  return {
    source,
    shared: (kind, name, makeLook) =>
      sharedLookup(source, `${kind} ${name} ${rest}`, () => {
        return new RepeatedLookup(makeLook(), { ...settings, target: name });
      }),
  };
}

function requireSource({ client, servers, family, search, hostsFile }: LookupOptions): void {
  if (client !== undefined) requireFunctions("resolver.client", client, "addresses", "services");
  for (const [name, list] of Object.entries({ servers, search })) {
    if (list !== undefined && !(Array.isArray(list) && list.every((one) => typeof one === "string"))) {
      throw invalidOption(`resolver.${name}`, "a list of texts", list);
    }
  }
  if (family !== undefined && family !== 4 && family !== 6)
    throw invalidOption("resolver.family", "4 or 6", family);
  if (hostsFile !== undefined && hostsFile !== false)
    requireText("resolver.hostsFile", "the path of a file", hostsFile);
}

/**
 * Checks a name, and writes it in ASCII.
 *
 * @throws MillraceError `invalid-options` when it is no domain name
 */
export function domainName(path: string, name: string): string {
  const ascii = asciiDomain(name);
  if (ascii === undefined) throw invalidOption(path, "a domain name", name === "" ? "an empty one" : name);
  return name.endsWith(".") ? `${ascii}.` : ascii;
}

function clientOf({ client, servers }: LookupOptions): DnsClient {
  if (client && servers) throw invalidOption("resolver", "either client or servers", "both");
  if (client) return client;
  const key = servers?.join(" ") ?? "";
  const made = defaultClients.get(key) ?? createDnsClient({ servers });
  defaultClients.set(key, made);
  return made;
}
