import { deviations, published } from "./published.mjs";

/** @typedef {import("millrace/testing").SimulationReport} SimulationReport */
/** @typedef {Readonly<Record<string, SimulationReport>>} Reports by strategy */

const theirs = /** @type {const} */ (["balanced", "pinned", "unlimited"]);

/** A row of the first table: what became of a scenario with each strategy. */
export function outcomeRow(/** @type {string} */ name, /** @type {Reports} */ reports) {
  const cells = Object.values(reports).map(
    ({ successRatio, latency, responses }) =>
      `${percent(successRatio * 100)}, ${duration(latency.mean)}, ${responses}`,
  );
  return row([`[${name}](report/${name}.svg)`, ...cells]);
}

/** A row of the second table: the best that was published, and ours. */
export function comparisonRow(/** @type {string} */ name, /** @type {Reports} */ reports) {
  const [success, meanMs, responses] = bestPublished(name);
  const { adaptive } = reports;
  if (!adaptive) throw new Error(`there is no report of adaptive for ${name}`);
  return row([
    name,
    `${success} %, ${meanMs === undefined ? "mean unusable" : duration(meanMs)}${responses ? `, ${responses}` : ""}`,
    `${percent(adaptive.successRatio * 100)}, ${duration(adaptive.latency.mean)}, ${adaptive.responses}`,
  ]);
}

/** Lines of the list of what is not as published: for each strategy that is off by more than the tolerance. */
export function deviationLines(/** @type {string} */ name, /** @type {Reports} */ reports) {
  return theirs.flatMap((strategy) => {
    const report = reports[strategy];
    const figures = published[name]?.[strategy];
    if (!report || !figures || isAlike(report, figures)) return [];
    const [success, meanMs = 0] = figures;
    const why = deviations[`${name} ${strategy}`] ?? "not explained.";
    const ours = `${percent(report.successRatio * 100)}, ${duration(report.latency.mean)}`;
    return [`- ${name}, ${strategy}: ${ours} here, ${success} %, ${duration(meanMs)} published. Why: ${why}`];
  });
}

/** The whole report, of reports by scenario. */
export function reportText(/** @type {Readonly<Record<string, Reports>>} */ results) {
  const entries = Object.entries(results);
  const lines = entries.flatMap(([name, reports]) => deviationLines(name, reports));
  const strategies = Object.keys(entries[0]?.[1] ?? {});
  return [
    "# Simulated node selection",
    "",
    "`npm run simulate` makes this, and makes the same again from the same code: a change here is a change of",
    "behaviour. The scenarios are those by which conjure-rust-runtime and Dialogue judge their clients",
    "(`scenarios.mjs`); the clients are made of `clientRetry` and `selectNode` themselves (`strategies.mjs`).",
    "Requests are POSTs, so that a 500 is not tried again, but for the thresholds.",
    "",
    "## All strategies",
    "",
    "Success, mean latency of what ended well, answers that servers gave. The plots show who got the calls of",
    "`adaptive` over time; those of `balanced` are beside them.",
    "",
    row(["scenario", ...strategies]),
    row(Array.from({ length: strategies.length + 1 }, () => "---")),
    ...entries.map(([name, reports]) => outcomeRow(name, reports)),
    "",
    "## Ours beside the best that was published",
    "",
    "The best of their three strategies, by success and then by mean, of those whose servers gave about as few answers.",
    "What `adaptive` does, and what makes the difference, is in `docs/guides/client-policies.md`.",
    "",
    row(["scenario", "best published", "adaptive"]),
    row(["---", "---", "---"]),
    ...entries.map(([name, reports]) => comparisonRow(name, reports)),
    "",
    "## Their strategies, theirs and ours",
    "",
    "Everything else is within 1.5 points of success and a fifth of the mean of what was published:",
    "",
    ...lines,
    "",
  ].join("\n");
}

/** The best published figures: more success, then less time. Unlimited counts only where it spares servers too. */
function bestPublished(/** @type {string} */ name) {
  const figures = published[name];
  if (!figures) throw new Error(`nothing is published of ${name}`);
  return [figures.balanced, figures.pinned].sort((a, b) => b[0] - a[0] || (a[1] ?? 0) - (b[1] ?? 0))[0] ?? figures.balanced;
}

function isAlike(
  /** @type {SimulationReport} */ report,
  /** @type {import("./published.mjs").Figures} */ [success, meanMs],
) {
  if (Math.abs(report.successRatio * 100 - success) > 1.5) return false;
  return meanMs === undefined || Math.abs(report.latency.mean / meanMs - 1) <= 0.2;
}

function row(/** @type {readonly string[]} */ cells) {
  return `| ${cells.join(" | ")} |`;
}

function percent(/** @type {number} */ value) {
  return `${value.toFixed(2)} %`;
}

function duration(/** @type {number} */ ms) {
  if (ms >= 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${ms.toFixed(ms < 1_000 ? 2 : 0)} ms`;
}
