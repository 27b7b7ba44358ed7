import { ChildAbort, type Clock, type Random, raceSignal } from "millrace/base";
import { formatDuration } from "millrace/config";
import type { HealthSettings } from "../config/settings.js";
import type { HealthAnswer, HealthProbe } from "./probe.js";
import { assumedHealthy, type HealthStreak, nextStreak } from "./streak.js";

/** A check that is done. */
export interface HealthCheckResult extends HealthAnswer {
  readonly durationMs: number;
  /** When it ended, in milliseconds since the Unix epoch. */
  readonly at: number;
}

/** What is known of a server's health. */
export interface ServerHealth extends HealthStreak {
  /** The latest check; `undefined` before the first. */
  readonly last: HealthCheckResult | undefined;
}

/** What it takes to check one server. */
export interface ServerChecksParts {
  readonly url: string;
  /** Asked before each check, so that a change takes effect at the next. */
  readonly settings: () => HealthSettings;
  readonly probe: HealthProbe;
  readonly clock: Clock;
  readonly random: Random;
  /** Called after each check. */
  readonly onResult: (health: ServerHealth) => void;
}

/** The checks of one server: the first at once, then one after the other until disposed. */
export class ServerChecks implements AsyncDisposable {
  readonly #parts: ServerChecksParts;
  readonly #closing = new AbortController();
  #health: ServerHealth = { ...assumedHealthy, last: undefined };
  #checkedAt = 0;
  #timer: Disposable | undefined;
  #running: Promise<void> | undefined;

  constructor(parts: ServerChecksParts) {
    this.#parts = parts;
    this.#start();
  }

  /** What is known so far. */
  get health(): ServerHealth {
    return this.#health;
  }

  /** Plans the next check anew, after the settings have changed. */
  replan(): void {
    if (this.#running || this.#closing.signal.aborted) return;
    this.#timer?.[Symbol.dispose]();
    this.#plan();
  }

  /** Ends a running check, and all checks. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error("the checks of this server have ended"));
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
    const { clock, random, settings } = this.#parts;
    const { intervalMs, jitter } = settings();
    const delayMs = intervalMs * (1 + jitter * (2 * random() - 1));
    this.#timer = clock.schedule(Math.max(0, this.#checkedAt + delayMs - clock.now()), this.#start, "upkeep");
  }

  async #check(): Promise<void> {
    const { clock, settings, onResult } = this.#parts;
    const { timeoutMs, ...question } = settings();
    const startedAt = clock.now();
    const answer = await this.#ask(question, timeoutMs);
    this.#checkedAt = clock.now();
    if (this.#closing.signal.aborted) return;

    const last = { ...answer, durationMs: this.#checkedAt - startedAt, at: clock.wallTime() };
    this.#health = { ...nextStreak(this.#health, answer.passed, question), last };
    onResult(this.#health);
  }

  async #ask(
    { path, expectedStatuses }: Omit<HealthSettings, "timeoutMs">,
    timeoutMs: number,
  ): Promise<HealthAnswer> {
    const { url, probe, clock } = this.#parts;
    using attempt = new ChildAbort(this.#closing.signal);
    const late = new Error(`no answer within ${formatDuration(timeoutMs)}`);
    using _timer = clock.schedule(timeoutMs, () => attempt.abort(late), "upkeep");
    try {
      return await raceSignal(attempt.signal, () => probe({ url, path, expectedStatuses }, attempt.signal));
    } catch (error) {
      return { passed: false, reason: error instanceof Error ? error.message : String(error) };
    }
  }
}
