// Checks each published package as npm would pack it: publint for the manifest, are-the-types-wrong for
// how its types resolve, the licence, and whether it works away from here. Unused files, exports and
// dependencies are knip's part.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { packedFaults } from "./packed.mjs";
import { fromRoot, packages, root } from "./root.mjs";

let failures = 0;
for (const name of packages) {
  const folder = fromRoot("packages", name);
  console.log(`\n${name}`);
  check("publint", [folder, "--strict"]);
  // Packages are ESM only: CommonJS gets them through require(esm), which Node has from 20.19.
  check("attw", ["--pack", folder, "--profile", "esm-only", "--no-emoji", "--format", "ascii"]);
  const same = readFileSync(`${folder}/LICENSE`, "utf8") === readFileSync(fromRoot("LICENSE"), "utf8");
  if (!same) fail(`packages/${name}/LICENSE differs from LICENSE`);
}

console.log("\npacked, and used elsewhere");
const faults = packedFaults();
for (const fault of faults) fail(fault);
if (faults.length === 0) console.log("  every subpath, its types and the command: fine");
if (failures > 0) process.exit(1);

function check(/** @type {string} */ tool, /** @type {string[]} */ args) {
  const command = fromRoot("node_modules/.bin", tool);
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: "utf8" });
  if (status === 0) return console.log(`  ${tool}: fine`);
  console.log(stdout + stderr);
  fail(
    `${tool} finds fault with packages/${args.find((arg) => arg.startsWith(root))?.slice(root.length + 10)}`,
  );
}

function fail(/** @type {string} */ message) {
  console.error(`  ${message}`);
  failures += 1;
}
