// Builds, fetches the programs that tests start, and runs every test on node's own runner.
//
//   npm test                    everything
//   npm test -- wire balancer   only test files whose path contains one of the words
//   npm test -- --node-only     with what is there, installing no Debian packages
//   npm test -- --no-build      the tests as they were last compiled
//   npm test -- --test-…        any other --test- option goes to the runner
//
// The runner's report comes last and its exit code is this script's. After failures, whose list is long,
// one more line gives the counts again.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { fromRoot, root } from "./root.mjs";
import { cleanUpStaleTests, findTests } from "./test-files.mjs";

const { words, own, runner } = sortArguments(process.argv.slice(2));

if (!own.has("--no-build")) run(process.execPath, [fromRoot("node_modules/typescript/bin/tsc"), "-b"]);
if (!own.has("--node-only")) run("bash", [fromRoot("scripts/debian-packages.sh"), "tests"]);

for (const file of cleanUpStaleTests()) console.log(`removed ${relative(root, file)}: its source is gone`);

const isAsked = (/** @type {string} */ file) => words.some((word) => relative(root, file).includes(word));
const files = findTests().filter((file) => words.length === 0 || isAsked(file));
if (files.length === 0) {
  console.error(`no test file has ${words.join(" or ")} in its path`);
  process.exit(1);
}
const closingLine = fromRoot("node_modules/.cache/millrace/closing-line.txt");
mkdirSync(dirname(closingLine), { recursive: true });
rmSync(closingLine, { force: true });
process.on("exit", (code) => {
  if (code !== 0 && existsSync(closingLine)) console.log(`\n${readFileSync(closingLine, "utf8").trim()}`);
});

run(process.execPath, [
  "--enable-source-maps",
  "--test",
  `--test-concurrency=${Math.min(8, availableParallelism())}`,
  "--test-timeout=300000",
  "--test-reporter=spec",
  "--test-reporter-destination=stdout",
  `--test-reporter=${pathToFileURL(fromRoot("scripts/closing-line-reporter.mjs"))}`,
  `--test-reporter-destination=${closingLine}`,
  ...runner,
  ...files,
]);

/** Runs a command here, in the open; ends this process with its exit code if it fails. */
function run(/** @type {string} */ command, /** @type {string[]} */ args) {
  const { status, signal, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (error) throw error;
  if (status === 0) return;
  if (signal) console.error(`${command} was ended by ${signal}`);
  process.exit(status ?? 1);
}

function sortArguments(/** @type {string[]} */ args) {
  const own = new Set(args.filter((arg) => ["--no-build", "--node-only"].includes(arg)));
  const runner = args.filter((arg) => arg.startsWith("--test-"));
  const words = args.filter((arg) => !arg.startsWith("-"));
  const unknown = args.filter((arg) => arg.startsWith("-") && !own.has(arg) && !runner.includes(arg));
  if (unknown.length > 0) {
    console.error(`unknown option ${unknown.join(" ")}; known: --no-build --node-only --test-…`);
    process.exit(2);
  }
  return { words, own, runner };
}
