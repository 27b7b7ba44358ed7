import { replaceBlock } from "./replace-block.mjs";

/** @typedef {import("./proxy/table.mjs").Table} Table */

/** Every table of every run is here. */
const reference = "docs/reference/benchmarks.md";

/**
 * Puts the tables of one run in the place of those that documents quote: all of them into the reference, the most
 * telling ones into README.md, and what a guide speaks of into that guide.
 *
 * @param {object} run
 * @param {string} run.name the command, such as `bench:proxy`, and with it the marks in the documents
 * @param {readonly Table[]} run.tables
 * @param {string} run.environment
 * @param {readonly Table[]} run.headlines those for README.md
 * @param {Readonly<Record<string, readonly Table[]>>} [run.guides] tables by the file that quotes them
 */
export async function quote({ name, tables, environment, headlines, guides = {} }) {
  const places = { [reference]: tables, "README.md": headlines, ...guides };
  for (const [file, quoted] of Object.entries(places)) {
    await replaceBlock({ file, name }, quoted, environment);
  }
}
