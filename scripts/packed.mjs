// Uses each published package as its users get it: packed by npm, unpacked in a folder outside the repository,
// every subpath imported, and their types compiled the ways that users compile. Dependencies are linked from
// this repository, so that nothing is fetched.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fromRoot, packages } from "./root.mjs";
import { subpathsOf } from "./subpaths.mjs";

/** @typedef {{ name: string, dependencies?: Record<string, string>, peerDependencies?: Record<string, string> }} Manifest */

/** How users' compilers look for modules: as Node does, and as bundlers do. */
const compilers = [
  ["--module", "nodenext", "--moduleResolution", "nodenext"],
  ["--module", "esnext", "--moduleResolution", "bundler"],
];

/** What goes wrong with the packages as packed, one line each. */
export function packedFaults() {
  const folder = mkdtempSync(join(tmpdir(), "millrace-packed-"));
  try {
    for (const name of packages) unpack(name, folder);
    const specifiers = packages.flatMap((name) => subpathsOf(name).map(({ specifier }) => specifier));
    return [...importFaults(specifiers, folder), ...typeFaults(specifiers, folder), ...commandFaults(folder)];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function unpack(/** @type {string} */ name, /** @type {string} */ folder) {
  const packing = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
  const [{ filename }] = JSON.parse(run("npm", packing, fromRoot("packages", name)).stdout);
  /** @type {Manifest} */
  const manifest = JSON.parse(readFileSync(fromRoot("packages", name, "package.json"), "utf8"));
  const home = join(folder, "node_modules", manifest.name);
  mkdirSync(home, { recursive: true });
  run("tar", ["-xzf", join(folder, filename), "-C", home, "--strip-components=1"], folder);
  const needed = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  for (const dependency of ["@types/node", ...needed]) link(dependency, folder);
}

/** Links what is installed here, but for the packages themselves. */
function link(/** @type {string} */ dependency, /** @type {string} */ folder) {
  const target = join(folder, "node_modules", dependency);
  mkdirSync(dirname(target), { recursive: true });
  try {
    if (dependency !== "millrace") symlinkSync(fromRoot("node_modules", dependency), target);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
  }
}

function importFaults(/** @type {string[]} */ specifiers, /** @type {string} */ folder) {
  const file = join(folder, "import.mjs");
  return specifiers.flatMap((specifier) => {
    writeFileSync(file, `await import(${JSON.stringify(specifier)});\n`);
    const { status, stderr } = run(process.execPath, [file], folder);
    return status === 0 ? [] : [`import ${specifier}: ${stderr}`];
  });
}

function typeFaults(/** @type {string[]} */ specifiers, /** @type {string} */ folder) {
  const lines = specifiers.map((specifier, at) => `export * as m${at} from ${JSON.stringify(specifier)};\n`);
  writeFileSync(join(folder, "all.mts"), lines.join(""));
  const options = ["--noEmit", "--strict", "--skipLibCheck", "false", "--target", "es2022", "--ignoreConfig"];
  const tsc = fromRoot("node_modules/.bin/tsc");
  return compilers.flatMap((compiler) => {
    const args = [...options, ...compiler, "--types", "node", "all.mts"];
    const { status, stdout } = run(tsc, args, folder);
    return status === 0 ? [] : [`tsc ${compiler.join(" ")}: ${stdout}`];
  });
}

function commandFaults(/** @type {string} */ folder) {
  const command = join(folder, "node_modules/@millrace/proxy/bin/millrace.js");
  const { status, stderr } = run(process.execPath, [command, "proxy", "--help"], folder);
  return status === 0 ? [] : [`millrace proxy --help: ${stderr}`];
}

function run(/** @type {string} */ command, /** @type {string[]} */ args, /** @type {string} */ cwd) {
  return spawnSync(command, args, { cwd, encoding: "utf8" });
}
