import type { MemberSet } from "../../balance/member-set.js";
import { closedError } from "../../base/errors.js";
import type { Watch } from "../../base/watch.js";
import { AddressBook, type AddressEntry } from "./address-book.js";
import type { LastError } from "./last-error.js";
import { MemberRoll } from "./member-roll.js";
import type { PoolSettings } from "./options.js";
import { type EvictionReason, type PoolEventBody, poolEvents } from "./pool-events.js";
import { PoolHealth } from "./pool-health.js";
import { type MemberReports, type OpenMember, PoolMember } from "./pool-member.js";
import { addressSnapshot, type ChannelStatus, memberSnapshot, type PoolSnapshot } from "./snapshot.js";
import { Upkeep } from "./upkeep.js";

/** What a regulator works with. */
export interface RegulatorParts<A, S> {
  /** Names the pool in events and messages. */
  readonly label: string;
  readonly settings: PoolSettings;
  /** Tells addresses apart. */
  readonly keyOf: (address: A) => string;
  readonly openMember: OpenMember<A, S>;
  /** Calls in flight on all members, for a pool that grows with its load. */
  readonly inFlight?: () => number;
  /** Told when a connection failed: the addresses may be out of date. */
  readonly onTrouble?: () => void;
}

/**
 * Keeps as many members as are wanted, each at another address where there are several, and healthy ones in
 * place of those that are not.
 *
 * To be told what the resolver finds. No address is tried again before somebody is healthy there, or its
 * back-off has passed. Whoever is replaced without need drains only when its successor is healthy.
 */
export class Regulator<A extends { readonly weight?: number | undefined }, S> implements AsyncDisposable {
  readonly #parts: RegulatorParts<A, S>;
  readonly #settings: PoolSettings;
  readonly #book: AddressBook<A>;
  readonly #roll: MemberRoll<A, S>;
  readonly #health: PoolHealth;
  readonly #upkeep: Upkeep<A, S>;
  #serial = 0;
  /** Whether a resolution has failed, or ended in nothing. */
  #unresolved = false;
  #closed = false;
  #closing: Promise<void> | undefined;

  constructor(parts: RegulatorParts<A, S>) {
    const { keyOf, settings, label } = parts;
    this.#parts = parts;
    this.#settings = settings;
    this.#book = new AddressBook({ keyOf, backoff: settings.backoff, perAddress: settings.perAddress });
    this.#roll = new MemberRoll(label);
    this.#health = new PoolHealth({
      ...{ label, settings },
      wanted: () => this.#upkeep.target,
      recovered: () => this.#evictUnhealthy(),
    });
    this.#upkeep = new Upkeep({
      ...{ settings, book: this.#book, roll: this.#roll },
      healthy: () => this.#health.healthy,
      inFlight: () => parts.inFlight?.() ?? 0,
      open: (entry, beside) => this.#open(entry, beside),
      evict: (member, reason) => this.#evict(member, reason),
      due: () => this.#tend(),
    });
  }

  /** Its name in events and messages. */
  get label(): string {
    return this.#parts.label;
  }

  /** What a balancer chooses from: members that may be called are healthy there, the others are not. */
  get members(): MemberSet<number, S> {
    return this.#roll.set;
  }

  /** What the pool can give. */
  get status(): Watch<ChannelStatus> {
    return this.#health.status;
  }

  /** Whether a member may be called, as far as is known. */
  get reachable(): Watch<boolean> {
    return this.#roll.reach.reachable;
  }

  /** How many members may be called. */
  get usable(): number {
    return this.#roll.usable;
  }

  /** The latest error, while not enough members are healthy. */
  get lastError(): LastError | undefined {
    return this.#health.lastError;
  }

  /** Settles when a member may be called. Rejects once the pool closes. */
  whenUsable(signal?: AbortSignal): Promise<void> {
    if (this.#closed) return Promise.reject(closedError(this.#parts.label));
    return this.usable > 0 ? Promise.resolve() : this.#roll.callers.join(signal);
  }

  /** Settles when one more member may be called, however many there are. Rejects once the pool closes. */
  whenGained(signal?: AbortSignal): Promise<void> {
    if (this.#closed) return Promise.reject(closedError(this.#parts.label));
    return this.#roll.callers.join(signal);
  }

  /**
   * Settles as {@link whenUsable} does, but rejects with the latest error as soon as all addresses were tried
   * in vain. If nobody is trying one, they are tried now, whatever their back-off.
   */
  whenTried(signal?: AbortSignal): Promise<void> {
    if (this.#closed) return Promise.reject(closedError(this.#parts.label));
    if (this.usable > 0) return Promise.resolve();
    const tried = this.#roll.reach.join(signal);
    if (this.#roll.size === 0) {
      this.#book.allowAll(this.#settings.clock.now());
      this.#tend();
    }
    return tried;
  }

  /** The resolver names `addresses`, in place of all it has named before. */
  resolved(addresses: readonly A[]): void {
    this.#book.replace(addresses);
    this.#roll.reweigh();
    this.#tell({ kind: "resolved", addresses: addresses.map(this.#parts.keyOf) });
    this.#tend();
  }

  /** The resolver failed, and goes on. Addresses named before stay. */
  failed(error: unknown): void {
    this.#health.note(error);
    this.#unresolved = true;
    this.#tell({ kind: "resolution-failed", error });
    this.#judge();
  }

  /** The resolver has said its last word. */
  ended(): void {
    if (this.#book.named > 0) return;
    this.#health.note("the resolver gave up and has named no address");
    this.#unresolved = true;
    this.#judge();
  }

  /** The pool as it is now. */
  snapshot(): PoolSnapshot {
    const now = this.#settings.clock.now();
    return {
      ...this.#health.reading(),
      status: this.status.value,
      healthyMin: this.#settings.healthyMin,
      usable: this.usable,
      addresses: this.#book.entries.map((entry) => addressSnapshot(entry, now)),
      members: this.#roll.all().map((member) => memberSnapshot(member, now)),
    };
  }

  /** Lets calls in progress finish for at most `drainMs` milliseconds, and drops every member. Idempotent. */
  close(drainMs = this.#settings.drainMs): Promise<void> {
    this.#closed = true;
    this.#closing ??= this.#closeAll(drainMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Does whatever the present state asks for. */
  #tend(): void {
    if (this.#closed) return;
    this.#upkeep.tend();
    this.#judge();
  }

  /** Tells those who wait only as long as a member is being tried when none is. */
  #judge(): void {
    if (this.usable > 0 || this.#closed) return;
    const untried = this.#book.named === 0 && !this.#unresolved;
    if (this.#roll.size > 0 || untried) return;
    this.#roll.reach.gaveUp(this.lastError?.error);
  }

  #open(entry: AddressEntry<A>, beside: boolean): void {
    const now = this.#settings.clock.now();
    if (this.#serial === 0) this.#health.note("still connecting");
    this.#book.use(entry, now);
    const member = new PoolMember<A, S>({ key: ++this.#serial, entry, openedAt: now, beside });
    member.opened = this.#parts.openMember(entry.address, this.#reportsOf(member));
    this.#roll.enter(member);
  }

  #evict(member: PoolMember<A, S>, reason: EvictionReason): void {
    if (!this.#leave(member)) return;
    this.#roll.tell(member, { kind: "evicted", reason });
    this.#roll.drain(member, this.#settings.drainMs);
  }

  /** Counts `member` no longer. False when it did not count. */
  #leave(member: PoolMember<A, S>): boolean {
    const wasHealthy = member.healthy;
    if (!this.#roll.leave(member)) return false;
    this.#book.release(member.entry);
    if (wasHealthy) this.#health.fall();
    return true;
  }

  #reportsOf(member: PoolMember<A, S>): MemberReports {
    return {
      connected: () => this.#connected(member),
      healthy: () => this.#healthy(member),
      unhealthy: (error) => this.#unhealthy(member, error),
      connectionError: (error) => this.#connectionError(member, error),
      dropped: () => this.#dropped(member),
    };
  }

  #connected(member: PoolMember<A, S>): void {
    if (member.phase.state !== "connecting") return;
    member.phase = { state: "connected" };
    member.connectedAt = this.#settings.clock.now();
    this.#roll.tell(member, { kind: "connected" });
  }

  #healthy(member: PoolMember<A, S>): void {
    if (member.healthy || !this.#roll.has(member)) return;
    if (!member.proven) this.#prove(member);
    member.phase = { state: "healthy" };
    this.#roll.setUsable(member, true);
    this.#roll.tell(member, { kind: "healthy" });
    this.#health.rise();
    this.#tend();
  }

  #prove(member: PoolMember<A, S>): void {
    const { clock, random, maxAgeMs, ageJitter } = this.#settings;
    member.proven = true;
    member.leaveAt = clock.now() + maxAgeMs * (1 - ageJitter * random());
    this.#book.succeeded(member.entry);
  }

  #unhealthy(member: PoolMember<A, S>, error: unknown): void {
    if (!this.#roll.has(member)) return;
    const wasHealthy = member.healthy;
    member.phase = { state: "unhealthy", error };
    this.#note(member, error);
    this.#roll.tell(member, { kind: "unhealthy", error });
    if (wasHealthy) this.#health.fall();
    if (this.#health.critical) this.#roll.setUsable(member, true);
    else this.#evict(member, "unhealthy");
    this.#tend();
  }

  #connectionError(member: PoolMember<A, S>, error: unknown): void {
    this.#note(member, error);
    if (this.usable === 0) this.#roll.reach.lost();
    this.#roll.tell(member, { kind: "connection-error", error });
    if (!this.#closed) this.#parts.onTrouble?.();
  }

  #dropped(member: PoolMember<A, S>): void {
    const now = this.#settings.clock.now();
    const lived = now - member.connectedAt;
    if (this.#leave(member) && lived < this.#settings.settledMs) this.#book.relapsed(member.entry, now);
    this.#roll.gone(member);
    this.#tend();
  }

  #note(member: PoolMember<A, S>, error: unknown): void {
    const { clock } = this.#settings;
    this.#book.failed(member.entry, { error, at: clock.wallTime() }, clock.now());
    this.#health.note(error);
  }

  #evictUnhealthy(): void {
    for (const member of this.#roll.present()) {
      if (member.phase.state === "unhealthy") this.#evict(member, "unhealthy");
    }
  }

  async #closeAll(drainMs: number): Promise<void> {
    this.#upkeep[Symbol.dispose]();
    this.#health.close();
    const closed = closedError(this.#parts.label);
    this.#roll.callers.rejectAll(closed);
    this.#roll.reach.gaveUp(closed);
    for (const member of this.#roll.present()) {
      if (this.#leave(member)) this.#roll.drain(member, drainMs);
    }
    await this.#roll.whenGone();
  }

  #tell(event: PoolEventBody): void {
    if (poolEvents.active) poolEvents.publish({ label: this.#parts.label, ...event });
  }
}
