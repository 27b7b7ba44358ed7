/** @typedef {import("millrace/testing").ServerModel} ServerModel */

const tickMs = 5_000;
const share = 1 - Math.exp(-tickMs / 60_000);

/**
 * Answers as `model` while fewer calls than `perSecond` were answered well: by a moving average over a
 * minute that is brought up to date every five seconds, as the meters of Dropwizard are. Otherwise with 429.
 *
 * @returns {ServerModel}
 */
export function meteredRate(/** @type {number} */ perSecond, /** @type {ServerModel} */ model) {
  return (random) => {
    const handler = model(random);
    let rate = Number.NaN;
    let uncounted = 0;
    let tickedAt = 0;
    return (call) => {
      for (; call.now - tickedAt >= tickMs; tickedAt += tickMs) {
        const lately = (uncounted * 1_000) / tickMs;
        rate = Number.isNaN(rate) ? lately : rate + share * (lately - rate);
        uncounted = 0;
      }
      const answer = handler(call);
      if (rate >= perSecond) return { ...answer, status: 429 };
      uncounted += 1;
      return answer;
    };
  };
}
