import { Backoff, type BackoffOptions } from "../../base/backoff.js";

/** What went wrong with an address, and when. */
export interface AddressError {
  /** As it was thrown. */
  readonly error: unknown;
  /** In milliseconds since the Unix epoch. */
  readonly at: number;
}

/** An address, and what trying it has taught. */
export interface AddressEntry<A> {
  readonly key: string;
  /** As it was named last. */
  readonly address: A;
  /** Whether the resolver no longer names it: those that use it may stay, but nobody new goes there. */
  readonly stale: boolean;
  /** How many members use it. */
  readonly uses: number;
  /** Clock time in milliseconds from which it may be tried again; `-Infinity` for at once. */
  readonly nextAttemptAt: number;
  /** The latest errors, the newest last; at most three. */
  readonly errors: readonly AddressError[];
}

/** Where the next member should go. */
export type AddressChoice<A> =
  | { readonly kind: "address"; readonly entry: AddressEntry<A> }
  /** All that might be tried have been tried too lately: clock time at which the first may be again. */
  | { readonly kind: "wait"; readonly until: number }
  /** There is nothing to try, now or later. */
  | { readonly kind: "none" };

/** What an address book is made with. */
export interface AddressBookOptions<A> {
  /** Tells addresses apart. */
  readonly keyOf: (address: A) => string;
  /** The waits between attempts at one address. */
  readonly backoff: BackoffOptions;
  /** The most uses of an address at a time. */
  readonly perAddress: number;
}

const keptErrors = 3;

/**
 * Knows the addresses of a backend, and says which to try next.
 *
 * An address in use is locked for the length of its back-off, unless somebody succeeds there before that.
 * So one address is tried by one at a time, and many are tried at once.
 */
export class AddressBook<A> {
  readonly #options: AddressBookOptions<A>;
  #entries: Entry<A>[] = [];
  #cursor = 0;

  constructor(options: AddressBookOptions<A>) {
    this.#options = options;
  }

  /** Every address, stale ones that are still in use included. */
  get entries(): readonly AddressEntry<A>[] {
    return this.#entries;
  }

  /** Addresses that the resolver names. */
  get named(): number {
    return this.#entries.filter(({ stale }) => !stale).length;
  }

  /** Whether an address is named that nobody uses, while others are used more than once. */
  get uneven(): boolean {
    let unused = false;
    let shared = false;
    for (const { stale, uses } of this.#entries) {
      if (stale) continue;
      if (uses > 1) shared = true;
      if (uses === 0) unused = true;
    }
    return unused && shared;
  }

  /**
   * Replaces the addresses that are named. An empty list is ignored: better old ones than none. One that
   * stays keeps its back-off and its errors; one that left is forgotten once nobody uses it.
   */
  replace(addresses: readonly A[]): void {
    if (addresses.length === 0) return;
    const named = new Map(addresses.map((address) => [this.#options.keyOf(address), address]));
    for (const entry of this.#entries) {
      const address = named.get(entry.key);
      entry.stale = address === undefined;
      if (address !== undefined) entry.address = address;
      named.delete(entry.key);
    }
    for (const [key, address] of named) this.#put(new Entry(key, address, this.#options.backoff));
    this.#forget((entry) => entry.stale && entry.uses === 0);
  }

  /**
   * Chooses among the addresses that may be tried at `now`: the least used, and among equals the next in
   * turn. One that is used `most` times already is passed over.
   */
  choose(now: number, most = this.#options.perAddress): AddressChoice<A> {
    let best: Entry<A> | undefined;
    let until = Infinity;
    for (let step = 0; step < this.#entries.length; step += 1) {
      const entry = this.#entries[(this.#cursor + step) % this.#entries.length]!;
      if (entry.stale || entry.uses >= most) continue;
      if (entry.nextAttemptAt > now) until = Math.min(until, entry.nextAttemptAt);
      else if (!best || entry.uses < best.uses) best = entry;
    }
    if (!best) return until === Infinity ? { kind: "none" } : { kind: "wait", until };
    this.#cursor = (this.#entries.indexOf(best) + 1) % this.#entries.length;
    return { kind: "address", entry: best };
  }

  /** Counts a use of `entry`, and locks it for the length of its back-off. */
  use(entry: AddressEntry<A>, now: number): void {
    const used = entry as Entry<A>;
    if (used.nextAttemptAt === -Infinity) used.backoff.reset();
    used.nextAttemptAt = now + used.backoff.next();
    used.uses += 1;
  }

  /** Unlocks `entry`: somebody has succeeded there. */
  succeeded(entry: AddressEntry<A>): void {
    (entry as Entry<A>).nextAttemptAt = -Infinity;
  }

  /** Lets every address be tried at `now`, whatever its back-off, which goes on growing. */
  allowAll(now: number): void {
    for (const entry of this.#entries) entry.nextAttemptAt = Math.min(entry.nextAttemptAt, now);
  }

  /** Locks `entry` again for longer than the last time: what looked like a success did not last. */
  relapsed(entry: AddressEntry<A>, now: number): void {
    const used = entry as Entry<A>;
    if (used.nextAttemptAt === -Infinity) used.nextAttemptAt = now + used.backoff.next();
  }

  /** Keeps `error`, for people to read. Where there are other addresses, they are tried before this one. */
  failed(entry: AddressEntry<A>, error: AddressError, now: number): void {
    const { errors } = entry as Entry<A>;
    errors.push(error);
    if (errors.length > keptErrors) errors.shift();
    if (this.named > 1) this.relapsed(entry, now);
  }

  /** Ends a use of `entry`. */
  release(entry: AddressEntry<A>): void {
    (entry as Entry<A>).uses -= 1;
    this.#forget((known) => known === entry && known.stale && known.uses === 0);
  }

  /** Takes the place of one that nobody names or uses any more, or else the last place. */
  #put(entry: Entry<A>): void {
    const free = this.#entries.findIndex(({ stale, uses }) => stale && uses === 0);
    if (free < 0) this.#entries.push(entry);
    else this.#entries[free] = entry;
  }

  #forget(which: (entry: Entry<A>) => boolean): void {
    const next = this.#entries[this.#cursor];
    const rest = this.#entries.filter((entry) => !which(entry));
    if (rest.length === this.#entries.length) return;
    this.#entries = rest;
    this.#cursor = next ? Math.max(0, rest.indexOf(next)) : 0;
  }
}

class Entry<A> implements AddressEntry<A> {
  readonly key: string;
  address: A;
  stale = false;
  uses = 0;
  nextAttemptAt = -Infinity;
  readonly backoff: Backoff;
  readonly errors: AddressError[] = [];

  constructor(key: string, address: A, backoff: BackoffOptions) {
    this.key = key;
    this.address = address;
    this.backoff = new Backoff(backoff);
  }
}
