// What a run under load has come to, as a row of the table.

/**
 * @typedef {object} Row
 * @property {string} what
 * @property {number} upgrades
 * @property {number} answered
 * @property {number} failed
 * @property {number} steadyP99 of small requests, in milliseconds; 0 for none
 * @property {number} switchP99 of those within 100 ms of a switch
 * @property {number} startMs from the start of a process until it serves, median
 * @property {string[]} reasons
 */

export const head = [
  "| what | upgrades | answered | failed | p99 | p99 at a switch | from start to serving |",
  "|---|---:|---:|---:|---:|---:|---:|",
].join("\n");

/**
 * @typedef {object} Run
 * @property {string} what
 * @property {number} upgrades
 * @property {import("./load.mjs").Traffic} traffic
 * @property {readonly number[]} [switches] when the next one began to serve
 * @property {readonly number[]} [took] from the start of each until it served
 */

/** @param {Run} run @returns {Row} */
export function row({ what, upgrades, traffic: { answers, failures }, switches = [], took = [] }) {
  const small = answers.filter(({ kind }) => kind === "kept" || kind === "new");
  const near = ({ at = 0, ms = 0 }) => switches.some((when) => at < when + 100 && at + ms > when - 100);
  return {
    what,
    upgrades,
    answered: answers.length,
    failed: failures.length,
    steadyP99: percentile(small.filter((one) => !near(one)).map(({ ms }) => ms)),
    switchP99: percentile(small.filter(near).map(({ ms }) => ms)),
    startMs: median(took),
    reasons: [...new Set(failures.map(({ kind, why }) => `${kind}: ${why}`))],
  };
}

function percentile(/** @type {number[]} */ values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0;
}

function median(/** @type {readonly number[]} */ values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** A row in markdown, and a line for each reason that something failed by. */
export function format(
  /** @type {Row} */ { what, upgrades, answered, failed, steadyP99, switchP99, startMs, reasons },
) {
  const ms = (/** @type {number} */ value, digits = 1) => (value === 0 ? "–" : value.toFixed(digits));
  const count = (/** @type {number} */ value) => value.toLocaleString("en-US");
  const counts = [count(upgrades), count(answered), count(failed)];
  const cells = [what, ...counts, ms(steadyP99), ms(switchP99), ms(startMs, 0)];
  return { line: `| ${cells.join(" | ")} |`, reasons: reasons.slice(0, 5) };
}
