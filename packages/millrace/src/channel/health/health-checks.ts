import type { Clock } from "../../base/clock.js";
import { formatDuration } from "../../base/durations.js";
import type { Random } from "../../base/random.js";
import { ChildAbort, raceSignal } from "../../base/signal.js";
import type { HealthAnswer } from "./ask-http.js";
import { type HealthStreak, type HealthThresholds, nextStreak } from "./streak.js";

/** When checks are made, and what they add up to. */
export interface HealthCheckPlan extends HealthThresholds {
  /** From the end of one check to the start of the next, in milliseconds. */
  readonly intervalMs: number;
  /** Longest wait for an answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Share of the interval left to chance, from 0 to 1, so that checks spread out. */
  readonly jitter: number;
}

/** A check that is done. */
export interface HealthCheckResult extends HealthAnswer {
  /** How long it took, in milliseconds, failed or not. */
  readonly durationMs: number;
  /** When it ended, in milliseconds since the Unix epoch. */
  readonly at: number;
}

/** What it takes to check one peer. */
export interface HealthChecksParts {
  /** Asked before each check, so that a change takes effect at the next. */
  readonly plan: () => HealthCheckPlan;
  /** Asks once. A failure is an answer too: what it throws is the reason of one. Must end with `signal`. */
  readonly ask: (signal: AbortSignal) => Promise<HealthAnswer>;
  /** What is held true before the first answer; without, that one decides. */
  readonly initial?: HealthStreak | undefined;
  /** Called after each check. */
  readonly onResult: (streak: HealthStreak, result: HealthCheckResult) => void;
  /** Times the checks and their limits. */
  readonly clock: Clock;
  /** Spreads the checks. */
  readonly random: Random;
}

/** The checks of one peer: the first at once, then one after the other until disposed. */
export class HealthChecks implements AsyncDisposable {
  readonly #parts: HealthChecksParts;
  readonly #closing = new AbortController();
  #streak: HealthStreak | undefined;
  #last: HealthCheckResult | undefined;
  #checkedAt = 0;
  #timer: Disposable | undefined;
  #running: Promise<void> | undefined;

  constructor(parts: HealthChecksParts) {
    this.#parts = parts;
    this.#streak = parts.initial;
    this.#start();
  }

  /** What the checks add up to; `undefined` before the first, if nothing was held true before. */
  get streak(): HealthStreak | undefined {
    return this.#streak;
  }

  /** The latest check; `undefined` before the first. */
  get last(): HealthCheckResult | undefined {
    return this.#last;
  }

  /** Plans the next check anew, after the plan has changed. */
  replan(): void {
    if (this.#running || this.#closing.signal.aborted) return;
    this.#timer?.[Symbol.dispose]();
    this.#plan();
  }

  /** Ends a running check, and all checks. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error("the checks have ended"));
    this.#timer?.[Symbol.dispose]();
    await this.#running;
  }

  readonly #start = () => {
    this.#timer = undefined;
    this.#running = this.#check().then(() => {
      this.#running = undefined;
      if (!this.#closing.signal.aborted) this.#plan();
    });
  };

  #plan(): void {
    const { clock, random, plan } = this.#parts;
    const { intervalMs, jitter } = plan();
    const delayMs = intervalMs * (1 + jitter * (2 * random() - 1));
    this.#timer = clock.schedule(Math.max(0, this.#checkedAt + delayMs - clock.now()), this.#start, "upkeep");
  }

  async #check(): Promise<void> {
    const { clock, plan, onResult } = this.#parts;
    const thresholds = plan();
    const startedAt = clock.now();
    const answer = await this.#ask(thresholds.timeoutMs);
    this.#checkedAt = clock.now();
    if (this.#closing.signal.aborted) return;

    this.#last = { ...answer, durationMs: this.#checkedAt - startedAt, at: clock.wallTime() };
    this.#streak = nextStreak(this.#streak, answer.passed, thresholds);
    onResult(this.#streak, this.#last);
  }

  async #ask(timeoutMs: number): Promise<HealthAnswer> {
    const { ask, clock } = this.#parts;
    using attempt = new ChildAbort(this.#closing.signal);
    const late = new Error(`no answer within ${formatDuration(timeoutMs)}`);
    using _timer = clock.schedule(timeoutMs, () => attempt.abort(late), "upkeep");
    try {
      return await raceSignal(attempt.signal, () => ask(attempt.signal));
    } catch (error) {
      return { passed: false, reason: error instanceof Error ? error.message : String(error) };
    }
  }
}
