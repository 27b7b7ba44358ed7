import { isMillraceError } from "../base/errors.js";
import { requirePositive, requireRange, requireWhole, withDefaults } from "../base/options.js";
import { tell } from "../service/fault.js";
import type { BalancedMember } from "./member.js";
import type { Roster } from "./roster.js";

/** When members are set aside for their failures, and for how long. */
export interface OutlierOptions {
  /**
   * Failures in a row that eject a member; a whole number of at least 1, or `Infinity` for never.
   * @defaultValue 5
   */
  readonly consecutiveFailures?: number | undefined;
  /**
   * Connections in a row that could not be made, that eject a member; a whole number of at least 1, or
   * `Infinity` for never.
   * @defaultValue 2
   */
  readonly consecutiveConnectFailures?: number | undefined;
  /**
   * How long the first ejection lasts, in milliseconds; more than 0. The nth lasts n times as long.
   * @defaultValue 10_000
   */
  readonly baseEjectionMs?: number | undefined;
  /**
   * The longest ejection, in milliseconds; more than 0.
   * @defaultValue 300_000
   */
  readonly maxEjectionMs?: number | undefined;
  /**
   * The largest share of the members, from 0 to 1, that is ejected at a time. The last usable one never is.
   * @defaultValue 0.5
   */
  readonly maxEjectedRatio?: number | undefined;
  /**
   * How long a member must stay in for one of its ejections to be forgotten, in milliseconds; more than 0.
   * @defaultValue 30_000
   */
  readonly forgiveMs?: number | undefined;
}

/** Why a member was ejected. */
export type EjectionReason = "failures" | "connect-failures";

/** A member was set aside for its failures. */
export interface Ejection<K> {
  /** Which member: the key its set knows it by. */
  readonly key: K;
  /** Which kind of failures were too many. */
  readonly reason: EjectionReason;
  /** How often it was ejected lately, this time included. */
  readonly ejections: number;
  /** How long it is set aside, in milliseconds. */
  readonly durationMs: number;
}

/**
 * When members are set aside, gaps filled.
 *
 * @internal
 */
export type OutlierSettings = { readonly [Option in keyof OutlierOptions]-?: number };

/**
 * Checks options and fills their gaps.
 *
 * @internal
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function outlierSettings(options: OutlierOptions = {}): OutlierSettings {
  const settings = withDefaults(defaults, options);
  requireWhole("outlier.consecutiveFailures", settings.consecutiveFailures, 1);
  requireWhole("outlier.consecutiveConnectFailures", settings.consecutiveConnectFailures, 1);
  requirePositive("outlier.baseEjectionMs", settings.baseEjectionMs);
  requirePositive("outlier.maxEjectionMs", settings.maxEjectionMs);
  requireRange("outlier.maxEjectedRatio", settings.maxEjectedRatio, 0, 1);
  requirePositive("outlier.forgiveMs", settings.forgiveMs);
  return settings;
}

const defaults: OutlierSettings = {
  consecutiveFailures: 5,
  consecutiveConnectFailures: 2,
  baseEjectionMs: 10_000,
  maxEjectionMs: 300_000,
  maxEjectedRatio: 0.5,
  forgiveMs: 30_000,
};

/**
 * Sets members aside that keep failing, after Envoy's outlier detection. One that comes back is on probation: its next failure sets it
 * aside again, its next success makes it one like the others.
 */
export class Outliers<K, Request, Response> {
  readonly #settings: OutlierSettings;
  readonly #roster: Roster<K, Request, Response>;
  readonly #onEject: (ejection: Ejection<K>) => void;

  constructor(
    settings: OutlierSettings,
    roster: Roster<K, Request, Response>,
    onEject: (ejection: Ejection<K>) => void,
  ) {
    this.#settings = settings;
    this.#roster = roster;
    this.#onEject = onEject;
  }

  /** Counts a success of `member`. */
  succeeded(member: BalancedMember<K, Request, Response>): void {
    member.failures = 0;
    member.connectFailures = 0;
    member.onProbation = false;
  }

  /** Counts a failure of `member`, and ejects it if that was one too many. */
  failed(member: BalancedMember<K, Request, Response>, error: unknown, now: number): void {
    if (member.ejectedUntil > now) return;
    member.failures += 1;
    member.connectFailures = isMillraceError(error, "connect-failed") ? member.connectFailures + 1 : 0;
    const { consecutiveFailures, consecutiveConnectFailures } = this.#settings;
    if (tooMany(member.connectFailures, consecutiveConnectFailures, member.onProbation)) {
      this.#eject(member, "connect-failures", now);
    } else if (tooMany(member.failures, consecutiveFailures, member.onProbation)) {
      this.#eject(member, "failures", now);
    }
  }

  /** Ends the ejection of `member` before its time. It is on probation all the same. */
  absolve(member: BalancedMember<K, Request, Response>, now: number): void {
    if (member.ejectedUntil <= now) return;
    member.ejectedUntil = now;
    this.#roster.changed();
  }

  #eject(member: BalancedMember<K, Request, Response>, reason: EjectionReason, now: number): void {
    if (!member.usableAt(now) || !this.#mayEject(member, now)) return;
    const { baseEjectionMs, maxEjectionMs, forgiveMs } = this.#settings;
    const forgiven = Math.floor((now - member.ejectedUntil) / forgiveMs);
    member.ejections = Math.max(0, member.ejections - forgiven) + 1;
    const durationMs = Math.min(maxEjectionMs, baseEjectionMs * member.ejections);
    member.ejectedUntil = now + durationMs;
    member.failures = 0;
    member.connectFailures = 0;
    member.onProbation = true;
    this.#roster.changed();
    tell("balance.onEject", this.#onEject, {
      key: member.key,
      reason,
      ejections: member.ejections,
      durationMs,
    });
  }

  #mayEject(member: BalancedMember<K, Request, Response>, now: number): boolean {
    if (this.#roster.get(member.key) !== member || this.#roster.usableAt(now) < 2) return false;
    let working = 0;
    let ejected = 0;
    for (const { draining, ejectedUntil } of this.#roster.all()) {
      if (draining) continue;
      working += 1;
      if (ejectedUntil > now) ejected += 1;
    }
    return ejected + 1 <= this.#settings.maxEjectedRatio * working;
  }
}

function tooMany(failures: number, limit: number, onProbation: boolean): boolean {
  return failures >= limit || (onProbation && failures > 0 && limit !== Infinity);
}
