import { availableParallelism, cpus } from "node:os";
import { installLine } from "./proxy/environment.mjs";
import { textTable } from "./proxy/table.mjs";

/** @typedef {import("./proxy/table.mjs").Table} Table */

/**
 * Asks one question after the other, and shows the table of each.
 *
 * @template Setting
 * @param {Readonly<Record<string, (setting: Setting) => Promise<{ table: Table, figures: unknown }>>>} questions
 * @param {readonly string[]} asked names of those to ask
 * @param {Setting} setting
 * @throws Error when there is no question of such a name
 */
export async function ask(questions, asked, setting) {
  /** @type {Table[]} */
  const tables = [];
  /** @type {Record<string, unknown>} */
  const figures = {};
  for (const name of asked) {
    const question = questions[name];
    if (!question) throw new Error(`--only: no "${name}" among ${Object.keys(questions).join(", ")}`);
    process.stderr.write(`${name}\n`);
    const found = await question(setting);
    tables.push(found.table);
    figures[name] = found.figures;
    console.log(textTable(found.table));
  }
  return { tables, figures };
}

/** What a run was measured with, for people. @param {...string} more */
export function describeMachine(...more) {
  const machine = `${availableParallelism()} × ${cpus()[0]?.model.trim() || "unknown CPU"}`;
  return [`node ${process.versions.node}`, machine, ...more].join(", ");
}

/** Ends this process, saying what to do, unless all these programs are there. @param {Parameters<typeof installLine>[0]} programs */
export function requirePrograms(programs) {
  const install = installLine(programs);
  if (install === undefined) return;
  console.error(`something is missing; as root:\n\n  ${install}\n`);
  process.exit(1);
}
