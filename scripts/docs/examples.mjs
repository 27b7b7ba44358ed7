import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { fromRoot } from "../root.mjs";
import { compilerOptions } from "../subpaths.mjs";
import { fencesOf, markdownFiles } from "./markdown.mjs";

/** Under node_modules, so that examples import the packages by name as a user would. */
const folder = fromRoot("node_modules/.cache/millrace/examples");
const longestRunMs = 30_000;

/** @typedef {{ place: string, stem: string, code: string, typed: boolean, runs: boolean }} Example */

/**
 * Examples in Markdown that do not hold, one line each.
 *
 * A fence tagged `ts run` or `js run` is run and must end by itself with exit code 0; `ts run` and
 * `ts check` must compile. Other fences are left alone.
 */
export function failingExamples() {
  const examples = findExamples();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  return [...failuresToCompile(examples.filter(({ typed }) => typed)), ...failuresToRun(examples)];
}

/** @returns {Example[]} */
function findExamples() {
  return markdownFiles().flatMap(({ name, text }) =>
    fencesOf(text)
      .filter(({ tags }) => tags.includes("run") || tags.includes("check"))
      .map(({ tags, code, line }) => ({
        place: `${name}:${line}`,
        stem: join(folder, `${name.replace(/[^a-z0-9]+/gi, "-")}-${line}`),
        code,
        typed: tags[0] === "ts",
        runs: tags.includes("run"),
      })),
  );
}

function failuresToCompile(/** @type {Example[]} */ examples) {
  if (examples.length === 0) return [];
  for (const { stem, code } of examples) writeFileSync(`${stem}.ts`, `${code}\nexport {};\n`);
  const files = examples.map(({ stem }) => `${stem}.ts`);
  const options = {
    ...compilerOptions(),
    lib: [...(compilerOptions().lib ?? []), "lib.dom.d.ts"],
    types: ["node"],
  };
  const program = ts.createProgram(files, { ...options, typeRoots: [fromRoot("node_modules/@types")] });
  const placeOf = new Map(examples.map(({ stem, place }) => [`${stem}.ts`, place]));
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const line = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0;
    const where = placeOf.get(diagnostic.file?.fileName ?? "") ?? "the examples";
    return `${where} (+${line}) ${ts.flattenDiagnosticMessageText(diagnostic.messageText, " ")}`;
  });
}

function failuresToRun(/** @type {Example[]} */ examples) {
  return examples
    .filter(({ runs }) => runs)
    .flatMap(({ place, stem, code, typed }) => {
      writeFileSync(`${stem}.mjs`, typed ? withoutTypes(code) : code);
      const run = spawnSync(process.execPath, [`${stem}.mjs`], {
        cwd: folder,
        encoding: "utf8",
        timeout: longestRunMs,
      });
      if (run.status === 0) return [];
      return [`${place} ended with ${run.signal ?? run.status}: ${run.stderr.trim().slice(-600)}`];
    });
}

function withoutTypes(/** @type {string} */ code) {
  const { target = ts.ScriptTarget.ES2022 } = compilerOptions();
  const options = { target, module: ts.ModuleKind.NodeNext, verbatimModuleSyntax: true };
  return ts.transpileModule(code, { compilerOptions: options, fileName: "example.mts" }).outputText;
}
