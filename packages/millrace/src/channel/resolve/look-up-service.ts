import { type Address, distinctAddresses, tcpAddress } from "./address.js";
import type { ServiceRecord } from "./dns-client.js";
import {
  cannotResolve,
  type HostAnswer,
  HostLookup,
  type HostSource,
  isMissing,
  reasonOf,
} from "./look-up-host.js";
import type { LookupAnswer } from "./repeated-lookup.js";

/** More places than this of one service are not looked up. */
const maxTargets = 100;

/** Records of weight 0 are to be chosen seldom while there are others (RFC 2782). */
const leastWeight = 0.01;

interface Target {
  readonly lookup: HostLookup;
  last: HostAnswer | undefined;
}

/**
 * Looks up the addresses of one service, time and again: its SRV records, then the hosts they name.
 *
 * Only the records of the lowest priority are used of which a host resolves. A host that could not be found out
 * keeps the addresses it had.
 */
export class ServiceLookup {
  readonly #name: string;
  readonly #source: HostSource;
  readonly #ttlMs: number;
  readonly #targets = new Map<string, Target>();

  /** `ttlMs` is for records that do not tell theirs. */
  constructor(name: string, source: HostSource, ttlMs: number) {
    this.#name = name;
    this.#source = source;
    this.#ttlMs = ttlMs;
  }

  /**
   * Looks once.
   *
   * @throws MillraceError `unavailable` when there is no address, or it could not be found out
   */
  async look(signal: AbortSignal): Promise<LookupAnswer<readonly Address[]>> {
    const records = await this.#records(signal);
    this.#forgetAllBut(records);
    let failure: unknown;
    for (const group of byPriority(records)) {
      signal.throwIfAborted();
      const answers = await Promise.all(
        group.map((record) =>
          this.#lookTarget(record, signal).catch((error: unknown) => void (failure ??= error)),
        ),
      );
      const addresses = group.flatMap((record, at) => addressesOf(record, answers[at]?.found ?? [], group));
      const ttls = answers.map((answer) => answer?.ttlMs ?? 0);
      const distinct = distinctAddresses(addresses);
      if (distinct.length > 0) return { found: distinct, ttlMs: Math.min(this.#ttlOf(group), ...ttls) };
    }
    throw cannotResolve(this.#name, "none of its hosts has an address", failure);
  }

  async #records(signal: AbortSignal): Promise<readonly ServiceRecord[]> {
    try {
      const records = await this.#source.client.services(this.#name, signal);
      // A single record that names the root says that there is no such service (RFC 2782).
      const usable = records.filter(({ name, port }) => name !== "" && name !== "." && port > 0);
      if (usable.length > 0) return usable;
    } catch (error) {
      if (!isMissing(error)) throw cannotResolve(this.#name, reasonOf(error), error);
    }
    throw cannotResolve(this.#name, "it has no SRV record");
  }

  async #lookTarget({ name }: ServiceRecord, signal: AbortSignal): Promise<HostAnswer | undefined> {
    const host = name.endsWith(".") ? name : `${name}.`;
    const target = this.#targets.get(name) ?? { lookup: new HostLookup(host, this.#source), last: undefined };
    this.#targets.set(name, target);
    try {
      target.last = await target.lookup.lookForAny(signal, () => {});
      return target.last;
    } catch (error) {
      if (target.last) return { ...target.last, ttlMs: 0 };
      throw error;
    }
  }

  #ttlOf(group: readonly ServiceRecord[]): number {
    return Math.min(...group.map(({ ttl }) => (ttl === undefined ? this.#ttlMs : ttl * 1_000)));
  }

  #forgetAllBut(records: readonly ServiceRecord[]): void {
    const present = new Set(records.map(({ name }) => name));
    for (const name of this.#targets.keys()) if (!present.has(name)) this.#targets.delete(name);
  }
}

/** The records of each priority, the lowest first. */
function byPriority(records: readonly ServiceRecord[]): readonly (readonly ServiceRecord[])[] {
  const priorities = [...new Set(records.map(({ priority }) => priority))].sort((a, b) => a - b);
  return priorities.map((priority) =>
    records.filter((record) => record.priority === priority).slice(0, maxTargets),
  );
}

/** The addresses of a host share its weight. */
function addressesOf(
  { port, weight }: ServiceRecord,
  hosts: readonly string[],
  group: readonly ServiceRecord[],
): readonly Address[] {
  const weighted = group.some((record) => record.weight > 0);
  const each = weighted ? Math.max(weight, leastWeight) / hosts.length : undefined;
  return hosts.map((host) => tcpAddress(host, port, each));
}
