// The rooms of packages/millrace/src are TypeScript projects, and a project's references are its licence to
// import. These tests prove that the licence binds, and check what it cannot say.
import assert from "node:assert/strict";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import ts from "typescript";
import { filesUnder, fromRoot, root } from "./root.mjs";
import { subpathsOf } from "./subpaths.mjs";

const rooms = "packages/millrace/src";
const roomNames = readdirSync(fromRoot(rooms)).filter((name) =>
  existsSync(fromRoot(rooms, name, "tsconfig.json")),
);
const core = ["base", "service", "balance", "wire", "channel"];
/** Tests, and what only tests import. */
const testSources = /\.test(?:\.\w+)?\.ts$|\/wire\/(?:corpus|proof)\//;

describe("rooms of the library", () => {
  /** @type {string} */
  let copy;
  before(() => (copy = copyOfProjects()));
  after(() => rmSync(copy, { recursive: true }));

  for (const room of roomNames) {
    const licensed = licensesOf(room);
    it(`${room} compiles with imports of ${licensed.join(", ") || "nothing"}, and with no other`, () => {
      const others = roomNames.filter((name) => name !== room);
      assert.deepEqual(
        roomsRefused(copy, room, others),
        others.filter((name) => !licensed.includes(name)),
      );
    });
  }

  it("license each other in no ring", () => {
    for (const room of roomNames)
      assert.ok(!reachableFrom(room).has(room), `${room} may come to import itself`);
  });

  it("are all built, and nothing lies outside them", () => {
    assert.deepEqual(readdirSync(fromRoot(rooms)).sort(), [...roomNames].sort());
    const built = referencesOf("packages/millrace/tsconfig.json").map((path) => basename(path));
    assert.deepEqual(
      roomNames.filter((room) => !built.includes(room)),
      [],
    );
  });

  it("of the core need nothing at run time but Node", () => {
    const foreign = core.flatMap((room) => importsUnder(`${rooms}/${room}`, testSources)).filter(isPackage);
    assert.deepEqual(
      foreign.map(({ place, specifier }) => `${place} ${specifier}`),
      [],
    );
  });
});

describe("telemetry", () => {
  it("brings nothing of the other rooms into a process but base", () => {
    const compiled = filesUnder("packages/millrace/dist/telemetry", ".js").filter(
      (file) => !file.includes(".test."),
    );
    assert.ok(compiled.length > 0);
    const foreign = compiled.flatMap((file) => {
      const { importedFiles } = ts.preProcessFile(readFileSync(file, "utf8"), true, true);
      return importedFiles
        .map(({ fileName }) => fileName)
        .filter((name) => !/^\.\.?\/(?:base\/|[\w-]+\.js$)/.test(name));
    });
    assert.deepEqual(foreign, []);
  });
});

describe("the daemon", () => {
  it("uses the library's public subpaths alone", () => {
    const offered = subpathsOf("millrace").map(({ specifier }) => specifier);
    const source = fromRoot("packages/proxy/src");
    const trespassing = importsUnder("packages/proxy/src").filter(({ file, specifier }) => {
      if (specifier.startsWith("."))
        return relative(source, resolve(dirname(file), specifier)).startsWith("..");
      return /^millrace(\/|$)/.test(specifier) && !offered.includes(specifier);
    });
    assert.deepEqual(
      trespassing.map(({ place, specifier }) => `${place} ${specifier}`),
      [],
    );
  });
});

describe("files", () => {
  for (const folder of ["packages/millrace/src", "packages/proxy/src"])
    it(`of ${folder} import each other in no ring, types included`, () => {
      assert.deepEqual(ringsOf(importGraph(folder)), []);
    });
});

/** A copy of the rooms' project files, each room holding one tiny module. */
function copyOfProjects() {
  const copy = mkdtempSync(join(tmpdir(), "millrace-layers-"));
  cpSync(fromRoot("tsconfig.base.json"), join(copy, "tsconfig.base.json"));
  for (const room of roomNames) {
    const folder = join(copy, rooms, room);
    mkdirSync(folder, { recursive: true });
    cpSync(fromRoot(rooms, room, "tsconfig.json"), join(folder, "tsconfig.json"));
    writeFileSync(join(folder, "index.ts"), "export interface Thing { readonly name: string }\n");
  }
  return copy;
}

/**
 * Which of `others` the compiler does not let `room` import a type from.
 *
 * @param {string} copy
 * @param {string} room
 * @param {string[]} others
 */
function roomsRefused(copy, room, others) {
  const folder = join(copy, rooms, room);
  for (const other of others) {
    writeFileSync(join(folder, `${other}.ts`), `export type { Thing } from "../${other}/index.js";\n`);
  }
  const { config } = ts.readConfigFile(join(folder, "tsconfig.json"), ts.sys.readFile);
  const parsed = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  // Without the standard library, which takes most of the time and says nothing about rooms.
  const options = { ...parsed.options, noLib: true, types: [] };
  delete options.lib;
  const program = ts.createProgram({
    rootNames: parsed.fileNames,
    options,
    projectReferences: parsed.projectReferences ?? [],
  });
  const messages = ts
    .getPreEmitDiagnostics(program)
    .filter(({ code }) => code === 6059 || code === 6307)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
  return others.filter((other) => messages.some((message) => message.includes(`${rooms}/${other}/index.ts`)));
}

function licensesOf(/** @type {string} */ room) {
  return referencesOf(`${rooms}/${room}/tsconfig.json`).map((path) => basename(path));
}

/** @returns {string[]} */
function referencesOf(/** @type {string} */ project) {
  const { config } = ts.readConfigFile(fromRoot(project), ts.sys.readFile);
  return (config.references ?? []).map((/** @type {{ path: string }} */ { path }) => path);
}

function reachableFrom(/** @type {string} */ room, /** @type {Set<string>} */ reached = new Set()) {
  for (const next of licensesOf(room)) {
    if (reached.has(next)) continue;
    reached.add(next);
    reachableFrom(next, reached);
  }
  return reached;
}

/** Every import of the sources under a folder. */
function importsUnder(/** @type {string} */ folder, /** @type {RegExp | undefined} */ except = undefined) {
  const files = filesUnder(folder, ".ts").filter((file) => !except?.test(file));
  return files.flatMap((file) => {
    const { importedFiles } = ts.preProcessFile(readFileSync(file, "utf8"), true, true);
    return importedFiles.map(({ fileName }) => ({ file, place: relative(root, file), specifier: fileName }));
  });
}

/** Which files under a folder each of them imports. */
function importGraph(/** @type {string} */ folder) {
  /** @type {Map<string, string[]>} */
  const graph = new Map();
  for (const { file, specifier } of importsUnder(folder)) {
    if (!specifier.startsWith(".")) continue;
    const imported = resolve(dirname(file), specifier).replace(/\.js$/, ".ts");
    graph.set(file, [...(graph.get(file) ?? []), imported]);
  }
  return graph;
}

/** One ring for each import that closes one, as the files on it. */
function ringsOf(/** @type {Map<string, string[]>} */ graph) {
  /** @type {string[][]} */
  const rings = [];
  const done = new Set();
  const walk = (/** @type {string} */ file, /** @type {string[]} */ path) => {
    if (path.includes(file)) rings.push(path.slice(path.indexOf(file)).map((name) => relative(root, name)));
    if (path.includes(file) || done.has(file)) return;
    for (const next of graph.get(file) ?? []) walk(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) walk(file, []);
  return rings;
}

function isPackage(/** @type {{ specifier: string }} */ { specifier }) {
  return !specifier.startsWith(".") && !specifier.startsWith("node:");
}
