/** When what is avoided is tried again, the first time: after so many calls and so long, or `latestMs`. */
const firstProbe = { calls: 100, ms: 5000, latestMs: 60_000 };
const mostDoublings = 6;
const longestLatestMs = 300_000;
/** A probe must not cost more than a tenth of the time since the last one. */
const probeTimes = 10;

/** From here on it is avoided. */
export const avoidedFrom = 0.5;
/** How often things break, at a guess: a guess that is too short costs probes, one too long failures. */
const meanTimeToBreakMs = 200_000;
/** What is broken fails most of its calls, but not all. */
const brokenFails = 0.9;
/** The doubt is never more than this: one or two good calls must be able to clear it. */
const mostDoubt = 0.9;

/** A call failed. */
export interface Failure {
  /** The share of calls that fail though nothing is broken; more than 0. */
  readonly usually: number;
  /** How long it took, in milliseconds. */
  readonly elapsedMs: number;
  /** Clock time in milliseconds. */
  readonly now: number;
}

/**
 * How likely it is that something is broken, a node or one endpoint of it: from 0 to 1, by what its calls tell.
 *
 * Two states, works and broken, and Bayes' rule between them. A failure counts by how unusual failures are:
 * where the peers hardly ever fail, one may be reason enough to go elsewhere; where all fail now and then, it
 * says little. It counts less the more calls there are, for among many a lone failure is likely, and the next
 * call soon tells more. What is avoided is probed by real calls, rarely, and ever less often while they fail.
 */
export class Doubt {
  /** The doubt now. */
  level = 0;
  /** The share of calls that failed in the long run. */
  failureRate = 0;
  #calls = 0;
  #endedAt = -Infinity;
  #intervalMs = 1000;
  #failedAt = -Infinity;
  #failedForMs = 0;
  /** When the failed call that started last had started. */
  #failedFrom = -Infinity;
  /** How often in a row a probe has failed. */
  #failedProbes = 0;
  #passedOver = 0;
  #probing = false;

  /** Counts a failure. */
  failed({ usually, elapsedMs, now }: Failure): void {
    this.#learn(1, now);
    if (this.#probing) this.#failedProbes = Math.min(mostDoublings, this.#failedProbes + 1);
    this.#probing = false;
    this.#failedAt = now;
    this.#failedForMs = elapsedMs;
    this.#failedFrom = Math.max(this.#failedFrom, now - elapsedMs);
    this.#passedOver = 0;
    const broke = Math.min(0.1, this.#intervalMs / meanTimeToBreakMs);
    this.#judge(this.level + (1 - this.level) * broke, brokenFails / usually);
  }

  /** Counts a call that went well. One that started before a call that failed tells of the time before. */
  succeeded(startedAt: number, now: number): void {
    this.#learn(0, now);
    if (this.level === 0 || startedAt < this.#failedFrom) return;
    this.#probing = false;
    this.#judge(this.level, 1 - brokenFails);
    if (this.level < 0.001) {
      this.level = 0;
      this.#failedProbes = 0;
    }
  }

  /** Counts a call whose end says nothing: if it was a probe, another may be sent. */
  ended(): void {
    this.#probing = false;
  }

  /** Whether it is avoided where there is a choice. */
  get avoided(): boolean {
    return this.level >= avoidedFrom;
  }

  /** Whether a call that passes over this one because of its doubts had better find out. */
  probeDue(now: number): boolean {
    this.#passedOver += 1;
    if (this.#probing) return false;
    const times = 2 ** this.#failedProbes;
    const passedMs = now - this.#failedAt;
    const soonestMs = Math.max(firstProbe.ms, probeTimes * this.#failedForMs) * times;
    const latestMs = Math.min(longestLatestMs, firstProbe.latestMs * times);
    if (passedMs >= Math.max(latestMs, soonestMs)) return true;
    return this.#passedOver >= firstProbe.calls * times && passedMs >= soonestMs;
  }

  /** Notes that a probe is under way: there is one at a time. */
  probe(): void {
    this.#probing = true;
  }

  #judge(before: number, factor: number): void {
    const odds = (before / (1 - before)) * factor;
    this.level = Math.min(mostDoubt, odds / (1 + odds));
  }

  #learn(sample: 0 | 1, now: number): void {
    if (this.#endedAt > -Infinity) this.#intervalMs += (now - this.#endedAt - this.#intervalMs) / 8;
    this.#endedAt = now;
    this.#calls += 1;
    // Short of that many calls the rate is not known yet, and taken for low.
    const share = Math.max(1 / 256, 1 / (this.#calls + 10));
    this.failureRate += (sample - this.failureRate) * share;
  }
}
