import { replaceBlock } from "../replace-block.mjs";

/** @typedef {import("../proxy/table.mjs").Table} Table */

const name = "bench:service";

/**
 * Puts tables in the place of those that README.md and docs/guides/layers.md quote. The first is what each layer
 * costs; it belongs to docs/guides/layers.md.
 *
 * @param {readonly Table[]} tables
 * @param {string} environment
 */
export async function writeTables([layers, ...others], environment) {
  await replaceBlock({ file: "docs/guides/layers.md", name }, [layers], environment);
  await replaceBlock({ file: "README.md", name }, others, environment);
}
