/** The middle value; the mean of the two middle ones when their number is even. NaN of nothing. */
export function median(/** @type {readonly number[]} */ values) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length === 0) return NaN;
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/**
 * The nearest-rank percentile, so always a value that was really seen.
 *
 * @param {readonly number[] | Float64Array} ascending sorted already
 * @param {number} percent 0 to 100
 */
export function percentile(ascending, percent) {
  if (ascending.length === 0) return NaN;
  const rank = Math.ceil((percent / 100) * ascending.length);
  return ascending[Math.max(0, rank - 1)];
}

/**
 * The median of the ratios of each round, not the ratio of two medians: the
 * two sides of a round ran within seconds of each other, so that a machine
 * which slows down over the run slows both.
 *
 * @param {readonly number[]} ours one value a round
 * @param {readonly number[] | undefined} theirs the same rounds
 */
export function ratioByRound(ours, theirs) {
  if (theirs === undefined) return NaN;
  return median(ours.map((value, round) => value / theirs[round]));
}
