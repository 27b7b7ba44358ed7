/** What an answer weighs: the last hundred or so count. */
const weight = 1 / 128;
/** Fewer answers say nothing. */
const leastAnswers = 10;
/** The longest of late took so many times as long as the shortest, at most. */
const mostSpread = 1.5;

/**
 * Whether answers take about the same time, whatever else is under way. Where calls stand in line they do
 * not: some find the node idle, others busy. Peak and trough jump to what lies beyond them, and come back slowly.
 */
export class Steadiness {
  #answers = 0;
  #peakMs = 0;
  #troughMs = Infinity;

  /** Counts an answer that took `rttMs`. */
  answered(rttMs: number): void {
    this.#answers += 1;
    this.#peakMs = Math.max(rttMs, this.#peakMs + (rttMs - this.#peakMs) * weight);
    this.#troughMs =
      this.#answers === 1 ? rttMs : Math.min(rttMs, this.#troughMs + (rttMs - this.#troughMs) * weight);
  }

  /** Whether they did, of late. */
  get steady(): boolean {
    return this.#answers >= leastAnswers && this.#peakMs <= mostSpread * this.#troughMs;
  }
}
