import type { MemberSet } from "../../balance/member-set.js";
import { closedError } from "../../base/errors.js";
import { type Watch, WatchSource } from "../../base/watch.js";
import { AddressBook, type AddressEntry } from "./address-book.js";
import { HealthTally } from "./health-tally.js";
import { type LastError, LastErrorNote } from "./last-error.js";
import { MemberRoll } from "./member-roll.js";
import type { PoolSettings } from "./options.js";
import { type EvictionReason, type PoolEventBody, poolEvents } from "./pool-events.js";
import { type MemberReports, type OpenMember, PoolMember } from "./pool-member.js";
import { chooseDismissal } from "./rotation.js";
import { PoolSizing } from "./sizing.js";
import { addressSnapshot, type ChannelStatus, memberSnapshot, type PoolSnapshot } from "./snapshot.js";
import { UnhealthyLog } from "./unhealthy-log.js";

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
  readonly #tally: HealthTally;
  readonly #lastError: LastErrorNote;
  readonly #log: UnhealthyLog;
  readonly #sizing: PoolSizing;
  readonly #status: WatchSource<ChannelStatus>;
  #serial = 0;
  /** Whether a resolution has failed, or ended in nothing. */
  #unresolved = false;
  #alarm: Disposable | undefined;
  #nextLook: Disposable | undefined;
  #closed = false;
  #closing: Promise<void> | undefined;

  constructor(parts: RegulatorParts<A, S>) {
    const { keyOf, settings, label } = parts;
    this.#parts = parts;
    this.#settings = settings;
    this.#book = new AddressBook({ keyOf, backoff: settings.backoff, perAddress: settings.perAddress });
    this.#roll = new MemberRoll(label);
    this.#sizing = new PoolSizing(settings.sizing, settings);
    this.#lastError = new LastErrorNote(settings.clock);
    this.#lastError.note("name not resolved yet");
    this.#tally = new HealthTally(settings, {
      healthChanged: (healthy) => this.#healthChanged(healthy),
      criticalChanged: (critical) => this.#criticalChanged(critical),
    });
    this.#status = new WatchSource(this.#statusNow());
    this.#log = new UnhealthyLog(settings, () => this.#reading());
    if (!this.#tally.enough) this.#log.start();
    if (settings.max > settings.wanted) this.#watchLoad();
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
    return this.#status;
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
    return this.#lastError.last;
  }

  /** Settles when a member may be called. Rejects once the pool closes. */
  whenUsable(signal?: AbortSignal): Promise<void> {
    if (this.#closed) return Promise.reject(closedError(this.#parts.label));
    return this.usable > 0 ? Promise.resolve() : this.#roll.callers.join(signal);
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
    this.#lastError.note(error);
    this.#unresolved = true;
    this.#tell({ kind: "resolution-failed", error });
    this.#judge();
  }

  /** The resolver has said its last word. */
  ended(): void {
    if (this.#book.named > 0) return;
    this.#lastError.note("the resolver gave up and has named no address");
    this.#unresolved = true;
    this.#judge();
  }

  /** The pool as it is now. */
  snapshot(): PoolSnapshot {
    const now = this.#settings.clock.now();
    return {
      ...this.#reading(),
      status: this.#status.value,
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

  /** Does whatever the present state asks for, and sets the alarm for when that may change by itself. */
  #tend(): void {
    if (this.#closed) return;
    const now = this.#settings.clock.now();
    const nextAged = this.#flagLeaving(now);
    this.#dismiss();
    const due = Math.min(nextAged, this.#fill(now));
    this.#alarm?.[Symbol.dispose]();
    const act = () => this.#tend();
    this.#alarm = due === Infinity ? undefined : this.#settings.clock.schedule(due - now, act, "upkeep");
    this.#judge();
  }

  /** Tells those who wait only as long as a member is being tried when none is. */
  #judge(): void {
    if (this.usable > 0 || this.#closed) return;
    const untried = this.#book.named === 0 && !this.#unresolved;
    if (this.#roll.size > 0 || untried) return;
    this.#roll.reach.gaveUp(this.#lastError.last?.error);
  }

  /** Notes who is to be replaced. Returns when the next member reaches its age. */
  #flagLeaving(now: number): number {
    let nextAged = Infinity;
    for (const member of this.#roll.present()) {
      const stale = member.entry.stale && this.#settings.removed === "drain";
      if (stale) member.leaving = "stale";
      else member.leaving = member.leaveAt <= now ? "aged" : undefined;
      if (stale && !member.usable) this.#evict(member, "stale");
      else if (!member.leaving) nextAged = Math.min(nextAged, member.leaveAt);
    }
    return nextAged;
  }

  /** Takes out those that are more than wanted, as long as enough healthy ones stay. */
  #dismiss(): void {
    while (this.#roll.size > this.#target) {
      const dismissal = chooseDismissal(this.#roll.present());
      if (!dismissal) return;
      if (dismissal.member.healthy && this.#tally.healthy <= this.#target) return;
      this.#evict(dismissal.member, dismissal.reason);
    }
  }

  /** Opens the members that are missing. Returns when the next may be opened, if that is not now. */
  #fill(now: number): number {
    const enough = this.#target + this.#roll.leaving;
    while (this.#roll.size < enough) {
      const choice = this.#book.choose(now);
      if (choice.kind !== "address") return choice.kind === "wait" ? choice.until : Infinity;
      this.#open(choice.entry, now);
    }
    return this.#roll.size === this.#target ? this.#spread(now) : Infinity;
  }

  /** Tries an address without a member, if others have several. */
  #spread(now: number): number {
    if (!this.#settings.spread || !this.#book.uneven) return Infinity;
    const choice = this.#book.choose(now, 1);
    if (choice.kind === "address") this.#open(choice.entry, now);
    return choice.kind === "wait" ? choice.until : Infinity;
  }

  /** Members to have, those on their way out not counted. */
  get #target(): number {
    const { perAddress, racing } = this.#settings;
    const inRace = this.usable > 0 ? 0 : Math.min(racing, this.#book.named);
    const size = Math.max(this.#sizing.size, inRace);
    return perAddress === Infinity ? size : Math.min(size, perAddress * this.#book.named);
  }

  #open(entry: AddressEntry<A>, now: number): void {
    if (this.#serial === 0) this.#lastError.note("still connecting");
    this.#book.use(entry, now);
    const beside = this.#roll.size >= this.#target;
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
    if (wasHealthy) this.#tally.fall();
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
    this.#tally.rise();
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
    if (wasHealthy) this.#tally.fall();
    if (this.#tally.critical) this.#roll.setUsable(member, true);
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
    this.#lastError.note(error);
  }

  #healthChanged(healthy: boolean): void {
    if (this.#closed) return;
    if (healthy) {
      this.#log.stop();
      this.#lastError.clear();
    } else this.#log.start();
    this.#status.set(this.#statusNow());
  }

  #criticalChanged(critical: boolean): void {
    if (this.#closed) return;
    this.#tell({ kind: "critical", critical });
    this.#status.set(this.#statusNow());
    if (critical) return;
    for (const member of this.#roll.present()) {
      if (member.phase.state === "unhealthy") this.#evict(member, "unhealthy");
    }
  }

  #statusNow(): ChannelStatus {
    if (this.#closed) return "closed";
    if (this.#tally.critical) return "degraded";
    return this.#tally.enough ? "healthy" : "unhealthy";
  }

  #watchLoad(): void {
    const { clock, sizing } = this.#settings;
    const look = () => {
      this.#sizing.look(this.#parts.inFlight?.() ?? 0, clock.now());
      this.#watchLoad();
      this.#tend();
    };
    this.#nextLook = clock.schedule(sizing.lookEveryMs, look, "upkeep");
  }

  #reading() {
    const { healthy } = this.#tally;
    return { label: this.#parts.label, healthy, wanted: this.#target, lastError: this.#lastError.last };
  }

  async #closeAll(drainMs: number): Promise<void> {
    for (const timer of [this.#alarm, this.#nextLook, this.#log]) timer?.[Symbol.dispose]();
    this.#status.set("closed");
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
