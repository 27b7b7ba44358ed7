import { isIP } from "node:net";
import type { Clock } from "../../base/clock.js";
import { MillraceError } from "../../base/errors.js";
import type { AddressRecord, DnsClient } from "./dns-client.js";
import type { LocalNames } from "./local-names.js";
import type { LookupAnswer } from "./repeated-lookup.js";

type Family = 4 | 6;

/** Where host names are looked up. */
export interface HostSource {
  readonly client: DnsClient;
  readonly local: LocalNames;
  /** The only family to ask for; `undefined` for both. */
  readonly family: Family | undefined;
  readonly clock: Clock;
}

/** The IP addresses of a name. */
export type HostAnswer = LookupAnswer<readonly string[]>;

/** What became of one question: records, none, or no answer. */
type Outcome =
  | { readonly state: "found"; readonly records: readonly AddressRecord[] }
  | { readonly state: "missing" }
  | { readonly state: "failed"; readonly error: unknown };

/** How long the first family of addresses waits for the second, in milliseconds (RFC 8305 §3). */
const resolutionDelayMs = 50;

/**
 * Looks up the IP addresses of one name, time and again: in the hosts file, then as A and AAAA at once.
 *
 * When one family cannot be found out, what was known of it stands; that it has no records empties it. A
 * full name is tried after another only if that certainly does not exist.
 */
export class HostLookup {
  readonly #name: string;
  readonly #source: HostSource;
  #asked = "";
  readonly #known = new Map<Family, readonly string[]>();

  constructor(name: string, source: HostSource) {
    this.#name = name;
    this.#source = source;
  }

  /**
   * Looks once.
   *
   * @throws MillraceError `unavailable` when there is no address, or it could not be found out
   */
  async look(signal: AbortSignal, early: (found: readonly string[]) => void): Promise<HostAnswer> {
    const answer = await this.lookForAny(signal, early);
    if (answer) return answer;
    throw cannotResolve(this.#name, "it has no address");
  }

  /**
   * Looks once; `undefined` says that there certainly is no address.
   *
   * @throws MillraceError `unavailable` when it could not be found out
   */
  async lookForAny(
    signal: AbortSignal,
    early: (found: readonly string[]) => void,
  ): Promise<HostAnswer | undefined> {
    const local = this.#ofFamily(await this.#source.local.find(this.#name));
    if (local.length > 0) return answerOf(local.filter((address) => !isUnspecified(address)));
    for (const fullName of await this.#source.local.candidates(this.#name)) {
      signal.throwIfAborted();
      const answer = await this.#ask(fullName, signal, early);
      if (answer) return answer;
    }
    return undefined;
  }

  async #ask(
    fullName: string,
    signal: AbortSignal,
    early: (found: readonly string[]) => void,
  ): Promise<HostAnswer | undefined> {
    if (fullName !== this.#asked) this.#known.clear();
    this.#asked = fullName;
    const { family, clock } = this.#source;
    const families: readonly Family[] = family === undefined ? [4, 6] : [family];
    let delay: Disposable | undefined;
    const outcomes = await Promise.all(
      families.map(async (each) => {
        const outcome = await this.#question(fullName, each, signal);
        this.#learn(each, outcome);
        if (outcome.state === "found" && !signal.aborted) {
          delay ??= clock.schedule(resolutionDelayMs, () => early(this.#all()), "upkeep");
        }
        return outcome;
      }),
    ).finally(() => delay?.[Symbol.dispose]());
    return this.#conclude(outcomes);
  }

  async #question(fullName: string, family: Family, signal: AbortSignal): Promise<Outcome> {
    try {
      const records = await this.#source.client.addresses(fullName, family, signal);
      const usable = records.filter(({ address }) => isIP(address) > 0 && !isUnspecified(address));
      return usable.length > 0 ? { state: "found", records: usable } : { state: "missing" };
    } catch (error) {
      return isMissing(error) ? { state: "missing" } : { state: "failed", error };
    }
  }

  #learn(family: Family, outcome: Outcome): void {
    if (outcome.state === "found") {
      this.#known.set(
        family,
        outcome.records.map(({ address }) => address),
      );
    } else if (outcome.state === "missing") this.#known.delete(family);
  }

  #conclude(outcomes: readonly Outcome[]): HostAnswer | undefined {
    const records = outcomes.flatMap((outcome) => (outcome.state === "found" ? outcome.records : []));
    const failure = outcomes.find((outcome) => outcome.state === "failed");
    if (records.length > 0) {
      const ttl = failure ? 0 : Math.min(...records.map((record) => record.ttl));
      return { found: this.#all(), ttlMs: ttl * 1_000 };
    }
    if (failure) throw cannotResolve(this.#name, reasonOf(failure.error), failure.error);
    return undefined;
  }

  #all(): readonly string[] {
    return [...(this.#known.get(4) ?? []), ...(this.#known.get(6) ?? [])];
  }

  #ofFamily(addresses: readonly string[]): readonly string[] {
    const { family } = this.#source;
    if (family === undefined) return addresses;
    return addresses.filter((address) => address.includes(":") === (family === 6));
  }
}

/** What the hosts file says holds until the file is looked at again. */
function answerOf(local: readonly string[]): HostAnswer | undefined {
  return local.length > 0 ? { found: local, ttlMs: 0 } : undefined;
}

/** The failure to find the addresses of `name`. */
export function cannotResolve(name: string, reason: string, cause?: unknown): MillraceError {
  return new MillraceError(`cannot resolve ${name}: ${reason}`, { code: "unavailable", unsent: true, cause });
}

/** Whether a failed question says that there is no such record. */
export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === "ENOTFOUND" || code === "ENODATA";
}

/** In few words why a question failed. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return (error as NodeJS.ErrnoException).code ?? error.message;
}

/** Blocking servers answer with these; connecting to them would lead to this very machine. */
function isUnspecified(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}
