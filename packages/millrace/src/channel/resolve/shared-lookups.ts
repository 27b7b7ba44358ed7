import type { Clock } from "../../base/clock.js";
import type { DnsClient } from "./dns-client.js";
import type { RepeatedLookup } from "./repeated-lookup.js";

/** Look-ups that nobody listens to are kept for the next who does, up to so many. */
const maxUnused = 1_000;

type Lookups = Map<string, RepeatedLookup<unknown>>;

const shared = new WeakMap<DnsClient, WeakMap<Clock, Lookups>>();

/**
 * The one look-up of `key` that all who ask the same client by the same clock share; `make` makes it
 * for the first. The same key must always stand for the same kind of answer.
 */
export function sharedLookup<T>(
  { client, clock }: { readonly client: DnsClient; readonly clock: Clock },
  key: string,
  make: () => RepeatedLookup<T>,
): RepeatedLookup<T> {
  const lookups = lookupsOf(client, clock);
  const found = lookups.get(key) as RepeatedLookup<T> | undefined;
  if (found) return found;
  const made = make();
  makeRoom(lookups);
  lookups.set(key, made as RepeatedLookup<unknown>);
  return made;
}

function lookupsOf(client: DnsClient, clock: Clock): Lookups {
  const byClock = shared.get(client) ?? new WeakMap<Clock, Lookups>();
  shared.set(client, byClock);
  const lookups = byClock.get(clock) ?? new Map();
  byClock.set(clock, lookups);
  return lookups;
}

function makeRoom(lookups: Lookups): void {
  if (lookups.size < maxUnused) return;
  for (const [key, lookup] of lookups) {
    if (!lookup.unused) continue;
    lookups.delete(key);
    return;
  }
}
