import type { Service } from "../service/service.js";
import type { MemberHealth, MemberState } from "./discover.js";
import { type LoadReading, MemberLoad } from "./load/member-load.js";
import type { LatencySettings } from "./load/peak-ewma.js";
import { type SlowStartSettings, slowStartRatio } from "./slow-start.js";

/** One of those a balancer chooses from, as pickers and metrics see it. */
export interface Member<K = unknown> {
  /** What its set knows it by: no two members of a set have the same. */
  readonly key: K;
  /** Whether a call would start at once. */
  readonly ready: boolean;
  /** Share of the load relative to other members; more than 0. */
  readonly weight: number;
  /** What active checks say. */
  readonly health: MemberHealth;
  /** Whether it gets no new calls. */
  readonly draining: boolean;
  /** Clock time in milliseconds until which it is set aside for its failures; in the past if it is not. */
  readonly ejectedUntil: number;
  /** What its calls have told of it so far. */
  readonly load: LoadReading;
  /**
   * Clock time in milliseconds from which {@link weightAt} is the whole weight; in the past for a member
   * that is not in its slow start.
   */
  readonly steadyFrom: number;
  /** The weight as of `now`: less than the whole one during a slow start. */
  weightAt(now: number): number;
}

/** A member with all its state, in the hands of its balancer. */
export class BalancedMember<K, Request, Response> implements Member<K> {
  readonly key: K;
  readonly service: Service<Request, Response>;
  readonly load: MemberLoad;
  weight = 1;
  health: MemberHealth = "healthy";
  draining = false;

  /** Failures in a row. */
  failures = 0;
  /** Connections in a row that could not be made. */
  connectFailures = 0;
  /** How often it was ejected lately. */
  ejections = 0;
  ejectedUntil = -Infinity;
  /** Whether it was ejected and has had no success since. */
  onProbation = false;

  readonly #slowStart: SlowStartSettings | undefined;
  /** When it came, or was last said to be well again. */
  #cameAt: number;

  constructor(key: K, service: Service<Request, Response>, load: MemberLoad, entry: MemberEntry) {
    this.key = key;
    this.service = service;
    this.load = load;
    this.#slowStart = entry.slowStart;
    this.#cameAt = entry.cameAt;
  }

  get ready(): boolean {
    return this.service.ready;
  }

  get steadyFrom(): number {
    return this.#slowStart ? Math.max(this.#cameAt, this.ejectedUntil) + this.#slowStart.windowMs : -Infinity;
  }

  weightAt(now: number): number {
    if (!this.#slowStart || now >= this.steadyFrom) return this.weight;
    const cameAt = Math.max(this.#cameAt, this.ejectedUntil);
    return this.weight * slowStartRatio(this.#slowStart, now - cameAt);
  }

  /** Whether it may be chosen when there is a choice. */
  usableAt(now: number): boolean {
    return this.health === "healthy" && !this.draining && this.ejectedUntil <= now;
  }

  /** Takes over what `state` names, at `now`. */
  update(state: MemberState, now: number): void {
    const wasOut = this.health !== "healthy" || this.draining;
    this.weight = state.weight ?? this.weight;
    this.health = state.health ?? this.health;
    this.draining = state.draining ?? this.draining;
    if (wasOut && this.health === "healthy" && !this.draining) this.#cameAt = now;
  }
}

/** How a member comes to its balancer. */
export interface MemberEntry {
  /** Clock time in milliseconds; `-Infinity` for one that was always there. */
  readonly cameAt: number;
  readonly slowStart?: SlowStartSettings | undefined;
}

/** Makes a member that has had no calls yet. */
export function createMember<K, Request, Response>(
  change: { readonly key: K; readonly service: Service<Request, Response>; readonly state?: MemberState },
  latency: LatencySettings,
  now: number,
  entry: MemberEntry = { cameAt: now },
): BalancedMember<K, Request, Response> {
  const member = new BalancedMember(change.key, change.service, new MemberLoad(latency, now), entry);
  if (change.state) member.update(change.state, entry.cameAt);
  return member;
}
