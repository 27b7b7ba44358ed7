import { type Clock, systemClock } from "../../base/clock.js";
import { Meter } from "./meter.js";
import { Timer } from "./timer.js";

/** What a client has seen of one host: how its answers were, and how long they took. */
export class HostMetrics {
  /** Name of the service in the configuration. */
  readonly service: string;
  /** Name or address of the host, as calls reach it. */
  readonly host: string;
  /** Port, from 1 to 65535. */
  readonly port: number;
  /** Answers of status 100 to 199. */
  readonly informational: Timer;
  /** Answers of status 200 to 299. */
  readonly success: Timer;
  /** Answers of status 300 to 399. */
  readonly redirection: Timer;
  /** Answers of status 400 to 499, but for 429. */
  readonly clientError: Timer;
  /** Answers of status 500 to 599, but for 503. */
  readonly serverError: Timer;
  /** Answers of status 429 and 503. */
  readonly qos: Timer;
  /** Answers of any other status. */
  readonly other: Timer;
  /** Calls without an answer. */
  readonly ioError: Meter;
  readonly #clock: Clock;
  #lastUpdateMs: number;

  constructor(service: string, { host, port }: HostPlace, clock: Clock = systemClock) {
    this.service = service;
    this.host = host;
    this.port = port;
    this.#clock = clock;
    this.#lastUpdateMs = clock.wallTime();
    const timers = Array.from({ length: 7 }, () => new Timer(clock)) as [
      Timer,
      Timer,
      Timer,
      Timer,
      Timer,
      Timer,
      Timer,
    ];
    [
      this.informational,
      this.success,
      this.redirection,
      this.clientError,
      this.serverError,
      this.qos,
      this.other,
    ] = timers;
    this.ioError = new Meter(clock);
  }

  /** When something was last seen of the host, in milliseconds since the Unix epoch; at first, when it was added. */
  get lastUpdateMs(): number {
    return this.#lastUpdateMs;
  }

  /** Notes an answer that took `ms`. */
  answered(status: number, ms: number): void {
    this.#lastUpdateMs = this.#clock.wallTime();
    this.#timerOf(status).record(ms);
  }

  /** Notes a call without an answer. */
  failed(): void {
    this.#lastUpdateMs = this.#clock.wallTime();
    this.ioError.mark();
  }

  #timerOf(status: number): Timer {
    if (status === 429 || status === 503) return this.qos;
    const byClass = [this.informational, this.success, this.redirection, this.clientError, this.serverError];
    return byClass[Math.floor(status / 100) - 1] ?? this.other;
  }
}

/** Where a host is. */
export interface HostPlace {
  /** Name or address, as calls reach it. */
  readonly host: string;
  /** Port, from 1 to 65535. */
  readonly port: number;
}

/**
 * What clients have seen of each host, for dashboards and for other clients. Hosts are held weakly: those that no
 * client calls any more are gone once memory has been collected.
 */
export class HostMetricsRegistry {
  readonly #clock: Clock;
  readonly #hosts = new Map<string, WeakRef<HostMetrics>>();
  readonly #collected = new FinalizationRegistry<string>((key) => this.#forget(key));

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** The metrics of a host, the same as long as somebody holds them. */
  get(service: string, place: HostPlace): HostMetrics {
    const key = JSON.stringify([service, place.host, place.port]);
    const known = this.#hosts.get(key)?.deref();
    if (known) return known;
    const made = new HostMetrics(service, place, this.#clock);
    this.#hosts.set(key, new WeakRef(made));
    this.#collected.register(made, key);
    return made;
  }

  /** All hosts that clients call, as of now. Forgets the others. */
  hosts(): readonly HostMetrics[] {
    const found: HostMetrics[] = [];
    for (const [key, held] of this.#hosts) {
      const host = held.deref();
      if (host) found.push(host);
      else this.#hosts.delete(key);
    }
    return found;
  }

  /** Another one may have been made under the key meanwhile. */
  #forget(key: string): void {
    if (this.#hosts.get(key)?.deref() === undefined) this.#hosts.delete(key);
  }
}
