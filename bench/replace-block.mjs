import { readFile, writeFile } from "node:fs/promises";
import { markdownTable } from "./proxy/table.mjs";

/**
 * Puts tables in the place of those that a document quotes, between the marks `<!-- NAME -->` and
 * `<!-- /NAME -->`, with a line below that says where they were measured.
 *
 * @param {{ file: string, name: string }} place `file` is a path from the root of the repository
 * @param {readonly import("./proxy/table.mjs").Table[]} tables
 * @param {string} environment
 */
export async function replaceBlock({ file, name }, tables, environment) {
  const path = new URL(`../${file}`, import.meta.url);
  const text = await readFile(path, "utf8");
  const block = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*(?=<!-- /${name} -->)`);
  if (!block.test(text)) throw new Error(`${file} has no place for the tables of ${name}`);
  const body = `${tables.map(markdownTable).join("\n")}\n${environment}.\n`;
  await writeFile(
    path,
    text.replace(block, (_all, mark) => `${mark}${body}`),
  );
}
