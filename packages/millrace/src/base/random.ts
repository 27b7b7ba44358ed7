/** A source of chance: uniform over [0, 1). */
export type Random = () => number;

/** The process's own source of chance. Not for secrets. */
export const systemRandom: Random = Math.random;

/**
 * Makes a source that gives the same sequence for the same `seed`, for tests and simulations.
 *
 * Algorithm: Mulberry32 (Tommy Ettinger, public domain), period 2^32. Not for secrets.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from 0 up to, not including, `limit`. */
export function randomBelow(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}
