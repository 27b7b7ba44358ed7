import { Backoff } from "../../base/backoff.js";
import type { Clock } from "../../base/clock.js";
import { MillraceError } from "../../base/errors.js";
import { createTopic, type EventTopic } from "../../base/events.js";
import type { Random } from "../../base/random.js";
import type { Resolution } from "./resolver.js";

/** What a look-up found, and for how long that may be relied on. */
export interface LookupAnswer<T> {
  readonly found: T;
  readonly ttlMs: number;
}

/** Looks once. May tell part of the answer `early`, when the rest is slow. */
export type Look<T> = (signal: AbortSignal, early: (found: T) => void) => Promise<LookupAnswer<T>>;

/** Hears what look-ups find. */
export interface LookupListener<T> {
  found(value: T): void;
  failed(error: unknown): void;
}

/** A look-up is over. */
export interface LookupEvent {
  /** What was looked for. */
  readonly target: string;
  /** How long that took, in milliseconds. */
  readonly durationMs: number;
  /** Why there is no answer; undefined when there is one. */
  readonly error: unknown;
}

/** Tells of each look-up of a name as it ends, on the topic `millrace.dns.lookup`. */
export const lookups: EventTopic<LookupEvent> = createTopic<LookupEvent>("millrace.dns.lookup");

/** When to look again. */
export interface LookupSettings {
  /** What is looked for, for messages. */
  readonly target: string;
  /** Shortest and longest time between looks that succeed; a TTL is cut to fit. */
  readonly minTtlMs: number;
  readonly maxTtlMs: number;
  /** Longest time for one look. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
}

interface Known<T> {
  readonly found: T;
}

interface Listening<T> {
  readonly listener: LookupListener<T>;
  told: Known<T> | undefined;
}

/** A tenth of the wait, and at most a second, is added by chance, so that not everybody asks at once. */
const jitterRatio = 0.1;
const maxJitterMs = 1_000;

/**
 * One look-up that is repeated for as long as somebody listens, for all who do.
 *
 * After an answer it is repeated when that has run out; after a failure by a back-off of 500 ms, half as
 * long again each time, give or take half, never more than a minute. What is known stays when nobody listens
 * any more, and so does the time of the next look: whoever comes and goes causes no questions.
 */
export class RepeatedLookup<T> {
  readonly #look: Look<T>;
  readonly #settings: LookupSettings;
  readonly #backoff: Backoff;
  readonly #listeners = new Set<Listening<T>>();
  #known: Known<T> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #looking: AbortController | undefined;
  #timer: Disposable | undefined;
  #lookedAt = -Infinity;
  #nextAt = -Infinity;

  constructor(look: Look<T>, settings: LookupSettings) {
    this.#look = look;
    this.#settings = settings;
    const { random } = settings;
    this.#backoff = new Backoff({ initialMs: 750, maxMs: 60_000, factor: 1.5, jitter: 2 / 3, random });
  }

  /** Whether nobody listens. */
  get unused(): boolean {
    return this.#listeners.size === 0;
  }

  /**
   * Listens, until disposed of. What is known and has not run out is told at once, in a microtask; what
   * has run out only when nothing newer can be found.
   */
  subscribe(listener: LookupListener<T>): Resolution {
    const listening: Listening<T> = { listener, told: undefined };
    this.#listeners.add(listening);
    queueMicrotask(() => this.#welcome(listening));
    if (!this.#looking && !this.#timer) this.#schedule(this.#nextAt);
    return {
      refresh: () => this.#refresh(),
      [Symbol.dispose]: () => {
        this.#listeners.delete(listening);
        if (this.unused) this.#rest();
      },
    };
  }

  #welcome(listening: Listening<T>): void {
    if (this.#settings.clock.now() >= this.#nextAt) return;
    this.#tellKnown(listening);
    if (this.#failure && this.#listeners.has(listening)) listening.listener.failed(this.#failure.error);
  }

  /** Looks sooner, but never sooner after the last look than the shortest time between looks. */
  #refresh(): void {
    if (this.unused || this.#looking || this.#failure) return;
    const soonest = this.#lookedAt + this.#settings.minTtlMs;
    if (soonest < this.#nextAt) this.#schedule(soonest);
  }

  #schedule(at: number): void {
    this.#nextAt = at;
    this.#timer?.[Symbol.dispose]();
    const delayMs = at - this.#settings.clock.now();
    // Upkeep keeps no process alive, so what is due at once must not wait for a timer.
    if (delayMs <= 0) this.#start();
    else this.#timer = this.#settings.clock.schedule(delayMs, () => this.#start(), "upkeep");
  }

  #rest(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#looking?.abort();
    this.#looking = undefined;
  }

  #start(): void {
    const { clock, timeoutMs, target } = this.#settings;
    const looking = new AbortController();
    this.#looking = looking;
    this.#lookedAt = clock.now();
    const current = () => this.#looking === looking;
    const fail = (error: unknown) => {
      if (current()) this.#settle(() => this.#fail(error), error);
      looking.abort(error);
    };
    this.#timer = clock.schedule(timeoutMs, () => fail(lookupTimedOut(target, timeoutMs)), "upkeep");
    const early = (found: T) => {
      if (current()) this.#tell(found);
    };
    this.#look(looking.signal, early).then((answer) => {
      if (current()) this.#settle(() => this.#succeed(answer), undefined);
    }, fail);
  }

  #settle(outcome: () => void, error: unknown): void {
    this.#timer?.[Symbol.dispose]();
    this.#looking = undefined;
    const { clock, target } = this.#settings;
    if (lookups.active) lookups.publish({ target, durationMs: clock.now() - this.#lookedAt, error });
    outcome();
  }

  #succeed({ found, ttlMs }: LookupAnswer<T>): void {
    const { clock, random, minTtlMs, maxTtlMs } = this.#settings;
    const restMs = Math.min(Math.max(ttlMs, minTtlMs), maxTtlMs);
    this.#backoff.reset();
    this.#failure = undefined;
    this.#schedule(clock.now() + restMs + random() * Math.min(restMs * jitterRatio, maxJitterMs));
    this.#tell(found);
  }

  #fail(error: unknown): void {
    this.#failure = { error };
    this.#schedule(this.#settings.clock.now() + this.#backoff.next());
    for (const listening of [...this.#listeners]) {
      this.#tellKnown(listening);
      if (this.#listeners.has(listening)) listening.listener.failed(error);
    }
  }

  #tell(found: T): void {
    this.#known = { found };
    for (const listening of [...this.#listeners]) this.#tellKnown(listening);
  }

  /** Tells the listener what is known, unless it knows already or has left. */
  #tellKnown(listening: Listening<T>): void {
    const known = this.#known;
    if (!known || listening.told === known || !this.#listeners.has(listening)) return;
    listening.told = known;
    listening.listener.found(known.found);
  }
}

function lookupTimedOut(target: string, timeoutMs: number): MillraceError {
  return new MillraceError(`no answer about ${target} within ${timeoutMs} ms`, {
    code: "unavailable",
    unsent: true,
  });
}
