import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { filesUnder, packages } from "./root.mjs";

/** Every test file there is to run. Node 20's runner takes no patterns, so they are listed. */
export function findTests() {
  return [
    ...compiledTests(),
    ...["scripts", "docs", "examples", "simulation"].flatMap((folder) => filesUnder(folder, ".test.mjs")),
  ];
}

/** Removes compiled tests whose source is gone, as the compiler never does, and tells which. */
export function cleanUpStaleTests() {
  const stale = compiledTests().filter((file) => !hasSource(file));
  for (const file of stale) {
    const stem = file.slice(0, -".js".length);
    for (const ending of [".js", ".js.map", ".d.ts", ".d.ts.map"]) rmSync(stem + ending, { force: true });
  }
  return stale;
}

function compiledTests() {
  return packages.flatMap((name) =>
    ["dist", "test-dist"].flatMap((folder) => filesUnder(`packages/${name}/${folder}`, ".test.js")),
  );
}

function hasSource(/** @type {string} */ file) {
  if (!existsSync(`${file}.map`)) return false;
  /** @type {{ sources: string[] }} */
  const { sources } = JSON.parse(readFileSync(`${file}.map`, "utf8"));
  return sources.every((source) => existsSync(resolve(dirname(file), source)));
}
