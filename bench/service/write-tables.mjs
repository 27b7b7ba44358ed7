import { readFile, writeFile } from "node:fs/promises";
import { markdownTable } from "../proxy/table.mjs";

/** @typedef {import("../proxy/table.mjs").Table} Table */

/**
 * Puts tables in the place of those that README.md and docs/layers.md quote, between the marks
 * `<!-- bench:service -->` and `<!-- /bench:service -->`. The first is what each layer costs; it belongs
 * to docs/layers.md.
 *
 * @param {readonly Table[]} tables
 * @param {string} environment
 */
export async function writeTables([layers, ...others], environment) {
  await replaceBlock("docs/layers.md", [layers], environment);
  await replaceBlock("README.md", others, environment);
}

/**
 * @param {string} file
 * @param {readonly Table[]} tables
 * @param {string} environment
 */
async function replaceBlock(file, tables, environment) {
  const path = new URL(`../../${file}`, import.meta.url);
  const text = await readFile(path, "utf8");
  const block = /(<!-- bench:service -->\n)[\s\S]*(?=<!-- \/bench:service -->)/;
  if (!block.test(text)) throw new Error(`${file} has no place for the tables of bench:service`);
  const body = `${tables.map(markdownTable).join("\n")}\n${environment}.\n`;
  await writeFile(
    path,
    text.replace(block, (_all, mark) => `${mark}${body}`),
  );
}
