import { Backoff, type BackoffOptions } from "../../base/backoff.js";
import { type Clock, systemClock } from "../../base/clock.js";
import { MillraceError } from "../../base/errors.js";
import { requireWhole } from "../../base/options.js";
import { WaitLine } from "../../base/wait-line.js";
import { tell } from "../fault.js";
import { createTripCounter, type TripCounter, type TripRule } from "./trip.js";

/** Whether calls are let through: all, none, or a few to find out. */
export type CircuitState = "closed" | "open" | "half-open";

/** A circuit that changed. */
export interface CircuitChange {
  /** What it was before. */
  readonly from: CircuitState;
  /** What it is now. */
  readonly to: CircuitState;
  /** How long it will be open, in milliseconds; 0 when it is not. `Infinity` when it was opened by hand. */
  readonly openMs: number;
}

/** When a {@link Circuit} opens and closes. */
export interface CircuitOptions {
  /**
   * When failures are too many.
   * @defaultValue half of at least 20 calls within 10 seconds
   */
  readonly trip?: TripRule | undefined;
  /**
   * How long it stays open, longer each time a probe fails.
   * @defaultValue 5 seconds, then double that up to a minute, without jitter
   */
  readonly backoff?: BackoffOptions | undefined;
  /**
   * Calls let through at once while half-open; a whole number of at least 1.
   * @defaultValue 1
   */
  readonly probes?: number | undefined;
  /**
   * Probes in a row that must succeed before it closes; a whole number of at least 1.
   * @defaultValue 1
   */
  readonly successes?: number | undefined;
  /** Told of each change, after it. What it throws goes to `faults`. */
  readonly onChange?: ((change: CircuitChange) => void) | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/** One span in which a circuit did not change. What began in another span says nothing about this one. */
type Span =
  | { readonly state: "closed"; readonly counter: TripCounter }
  | { readonly state: "open"; readonly until: number }
  | { readonly state: "half-open"; probing: number; succeeded: number };

/** A call that a circuit let through, to be handed back with its end. */
export type Pass = Span;

const tenSeconds: TripRule = { kind: "time-window", windowMs: 10_000, ratio: 0.5 };

/**
 * The state of a circuit breaker: closed, open or half-open.
 *
 * It has no timer: an open circuit becomes half-open when it is next asked, once its time is over.
 */
export class Circuit {
  readonly #trip: TripRule;
  readonly #probes: number;
  readonly #successes: number;
  readonly #onChange: ((change: CircuitChange) => void) | undefined;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #line = new WaitLine();
  #span: Span;

  /** @throws MillraceError `invalid-options` when an option is out of its range */
  constructor(options: CircuitOptions = {}) {
    const { trip = tenSeconds, probes = 1, successes = 1, onChange, clock = systemClock } = options;
    requireWhole("circuitBreaker.probes", probes, 1);
    requireWhole("circuitBreaker.successes", successes, 1, Number.MAX_SAFE_INTEGER);
    this.#trip = trip;
    this.#probes = probes;
    this.#successes = successes;
    this.#onChange = onChange;
    this.#clock = clock;
    this.#backoff = new Backoff({ initialMs: 5000, maxMs: 60_000, jitter: 0, ...options.backoff });
    this.#span = { state: "closed", counter: createTripCounter(trip, clock) };
  }

  /** What it is now. An open one whose time is over is half-open. */
  get state(): CircuitState {
    return this.#now().state;
  }

  /** Whether it would let a call through. */
  get admits(): boolean {
    const span = this.#now();
    return span.state === "closed" || (span.state === "half-open" && span.probing < this.#probes);
  }

  /** Opens it, until {@link reset}. */
  trip(): void {
    this.#change({ state: "open", until: Infinity }, Infinity);
  }

  /** Closes it and forgets what was. */
  reset(): void {
    this.#close();
  }

  /** Settles when it may have begun to let calls through. */
  whenAdmits(signal?: AbortSignal): Promise<void> {
    const span = this.#now();
    if (this.admits) return Promise.resolve();
    const changed = this.#line.join(signal);
    if (span.state !== "open" || span.until === Infinity) return changed;
    const timer = this.#clock.schedule(span.until - this.#clock.now(), () => this.#line.releaseAll());
    const stop = () => timer[Symbol.dispose]();
    changed.then(stop, stop);
    return changed;
  }

  /** Lets a call through, or not. What it gives must come back: to {@link settle} or {@link forget}. */
  enter(): Pass | undefined {
    const span = this.#now();
    if (span.state === "closed") return span;
    if (span.state === "open" || span.probing >= this.#probes) return undefined;
    span.probing += 1;
    return span;
  }

  /** The error of a call that was not let through. */
  refusal(): MillraceError {
    const span = this.#now();
    const waitMs = span.state === "open" ? span.until - this.#clock.now() : Infinity;
    const retryAfterMs = waitMs === Infinity ? undefined : waitMs;
    return new MillraceError(`the circuit is ${span.state}`, {
      code: "unavailable",
      unsent: true,
      retryAfterMs,
    });
  }

  /** Takes a pass back and notes how its call ended. */
  settle(pass: Pass, failed: boolean): void {
    // What began before a change is no news.
    const isNews = pass === this.#span;
    if (pass.state === "closed") {
      if (isNews && pass.counter.note(failed)) this.#open();
    } else if (pass.state === "half-open") {
      pass.probing -= 1;
      if (isNews) this.#judgeProbe(pass, failed);
    }
  }

  /** Takes a pass back whose call says nothing, because its caller gave up. */
  forget(pass: Pass): void {
    if (pass.state !== "half-open") return;
    pass.probing -= 1;
    this.#line.releaseAll();
  }

  #judgeProbe(span: Span & { readonly state: "half-open" }, failed: boolean): void {
    span.succeeded += 1;
    if (failed) this.#open();
    else if (span.succeeded >= this.#successes) this.#close();
    else this.#line.releaseAll();
  }

  #now(): Span {
    if (this.#span.state === "open" && this.#span.until <= this.#clock.now()) {
      this.#change({ state: "half-open", probing: 0, succeeded: 0 }, 0);
    }
    return this.#span;
  }

  /** Next: half-open, when its time is over. */
  #open(): void {
    const openMs = this.#backoff.next();
    this.#change({ state: "open", until: this.#clock.now() + openMs }, openMs);
  }

  /** Next: open, when failures are too many. */
  #close(): void {
    this.#backoff.reset();
    this.#change({ state: "closed", counter: createTripCounter(this.#trip, this.#clock) }, 0);
  }

  #change(span: Span, openMs: number): void {
    const from = this.#span.state;
    this.#span = span;
    this.#line.releaseAll();
    if (from !== span.state)
      tell("circuitBreaker.onChange", this.#onChange, { from, to: span.state, openMs });
  }
}
