import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The path of something in the repository. */
export function fromRoot(/** @type {string[]} */ ...parts) {
  return join(root, ...parts);
}

/** The packages that are published, by folder name. */
export const packages = readdirSync(join(root, "packages"));

/** Files under a folder of the repository whose name ends like that, sorted; none when there is no such folder. */
export function filesUnder(/** @type {string} */ folder, /** @type {string} */ ending) {
  /** @type {string[]} */
  let names = [];
  try {
    names = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ENOENT") throw error;
  }
  return names
    .filter((name) => name.endsWith(ending) && !name.split(/[\\/]/).includes("node_modules"))
    .map((name) => join(root, folder, name))
    .sort();
}
