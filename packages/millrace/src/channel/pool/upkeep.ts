import type { AddressBook, AddressEntry } from "./address-book.js";
import type { MemberRoll } from "./member-roll.js";
import type { PoolSettings } from "./options.js";
import type { EvictionReason } from "./pool-events.js";
import type { PoolMember } from "./pool-member.js";
import { chooseDismissal } from "./rotation.js";
import { PoolSizing } from "./sizing.js";

/** What upkeep looks at, and by whom it has things done. */
export interface UpkeepParts<A extends { readonly weight?: number | undefined }, S> {
  readonly settings: PoolSettings;
  readonly book: AddressBook<A>;
  readonly roll: MemberRoll<A, S>;
  /** Healthy members. */
  readonly healthy: () => number;
  /** Calls in flight on all members. */
  readonly inFlight: () => number;
  /** Opens a member there; `beside` those there are, as many as wanted. */
  readonly open: (entry: AddressEntry<A>, beside: boolean) => void;
  /** Takes a member out. */
  readonly evict: (member: PoolMember<A, S>, reason: EvictionReason) => void;
  /** Called when time alone has changed what is to be done: {@link Upkeep.tend} is due. */
  readonly due: () => void;
}

/**
 * Decides who is missing from a pool and who is too many, and when that may change by itself.
 *
 * Nothing polls: it looks after each event, and at the time the next thing is due.
 */
export class Upkeep<A extends { readonly weight?: number | undefined }, S> implements Disposable {
  readonly #parts: UpkeepParts<A, S>;
  readonly #sizing: PoolSizing;
  #alarm: Disposable | undefined;
  #nextLook: Disposable | undefined;

  constructor(parts: UpkeepParts<A, S>) {
    const { settings } = parts;
    this.#parts = parts;
    this.#sizing = new PoolSizing(settings.sizing, settings);
    if (settings.max > settings.wanted) this.#watchLoad();
  }

  /** Members to have, those on their way out not counted. */
  get target(): number {
    const { settings, book, roll } = this.#parts;
    const { perAddress, racing } = settings;
    const inRace = roll.usable > 0 ? 0 : Math.min(racing, book.named);
    const size = Math.max(this.#sizing.size, inRace);
    return perAddress === Infinity ? size : Math.min(size, perAddress * book.named);
  }

  /** Does whatever the present state asks for, and sets the alarm for when that may change by itself. */
  tend(): void {
    const { clock } = this.#parts.settings;
    const now = clock.now();
    const nextAged = this.#flagLeaving(now);
    this.#dismiss();
    const next = Math.min(nextAged, this.#fill(now));
    this.#alarm?.[Symbol.dispose]();
    this.#alarm = next === Infinity ? undefined : clock.schedule(next - now, this.#parts.due, "upkeep");
  }

  /** Does nothing by itself any more. */
  [Symbol.dispose](): void {
    this.#alarm?.[Symbol.dispose]();
    this.#nextLook?.[Symbol.dispose]();
  }

  /** Notes who is to be replaced. Returns when the next member reaches its age. */
  #flagLeaving(now: number): number {
    const { roll, settings, evict } = this.#parts;
    let nextAged = Infinity;
    for (const member of roll.present()) {
      const stale = member.entry.stale && settings.removed === "drain";
      if (stale) member.leaving = "stale";
      else member.leaving = member.leaveAt <= now ? "aged" : undefined;
      if (stale && !member.usable) evict(member, "stale");
      else if (!member.leaving) nextAged = Math.min(nextAged, member.leaveAt);
    }
    return nextAged;
  }

  /** Takes out those that are more than wanted, as long as enough healthy ones stay. */
  #dismiss(): void {
    const { roll, healthy, evict } = this.#parts;
    while (roll.size > this.target) {
      const dismissal = chooseDismissal(roll.present());
      if (!dismissal) return;
      if (dismissal.member.healthy && healthy() <= this.target) return;
      evict(dismissal.member, dismissal.reason);
    }
  }

  /** Opens the members that are missing. Returns when the next may be opened, if that is not now. */
  #fill(now: number): number {
    const { roll, book } = this.#parts;
    const enough = this.target + roll.leaving;
    while (roll.size < enough) {
      const choice = book.choose(now);
      if (choice.kind !== "address") return choice.kind === "wait" ? choice.until : Infinity;
      this.#open(choice.entry);
    }
    return roll.size === this.target ? this.#spread(now) : Infinity;
  }

  /** Tries an address without a member, if others have several. */
  #spread(now: number): number {
    const { settings, book } = this.#parts;
    if (!settings.spread || !book.uneven) return Infinity;
    const choice = book.choose(now, 1);
    if (choice.kind === "address") this.#open(choice.entry);
    return choice.kind === "wait" ? choice.until : Infinity;
  }

  #open(entry: AddressEntry<A>): void {
    this.#parts.open(entry, this.#parts.roll.size >= this.target);
  }

  #watchLoad(): void {
    const { settings, inFlight, due } = this.#parts;
    const { clock, sizing } = settings;
    const look = () => {
      this.#sizing.look(inFlight(), clock.now());
      this.#watchLoad();
      due();
    };
    this.#nextLook = clock.schedule(sizing.lookEveryMs, look, "upkeep");
  }
}
