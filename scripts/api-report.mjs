// npm run api: writes what each package offers, name by name, to packages/*/api.txt, so that a change of
// the public surface shows in review. A test fails when the file is out of date.
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { fromRoot, packages } from "./root.mjs";
import { compilerOptions, exportsOf, subpathsOf } from "./subpaths.mjs";

const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const folder of packages) {
    writeFileSync(apiFile(folder), apiReport(folder));
    console.log(`packages/${folder}/api.txt`);
  }
}

/** Where a package's report is kept. */
export function apiFile(/** @type {string} */ folder) {
  return fromRoot("packages", folder, "api.txt");
}

/** What a package offers, read from its compiled declarations. The same sources give the same text. */
export function apiReport(/** @type {string} */ folder) {
  const subpaths = subpathsOf(folder);
  const program = ts.createProgram(
    subpaths.map(({ declarations }) => declarations),
    compilerOptions(),
  );
  const sections = subpaths.map(({ specifier, declarations }) => {
    const entries = exportsOf(program, declarations).map(({ name, symbol }) => entryOf(name, symbol));
    return [`# ${specifier}`, ...entries].join("\n\n");
  });
  return `${sections.join("\n\n\n")}\n`;
}

/** @param {string} name @param {ts.Symbol} symbol */
function entryOf(name, symbol) {
  const declarations = (symbol.declarations ?? []).map((declaration) => {
    const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
    return printed(node);
  });
  return [...(name === symbol.name ? [] : [`// as ${name}`]), ...declarations].join("\n");
}

function printed(/** @type {ts.Node} */ node) {
  return printer
    .printNode(ts.EmitHint.Unspecified, node, node.getSourceFile())
    .split("\n")
    .filter((line) => !/^\s*(#private;|private )/.test(line))
    .join("\n")
    .replace(/^export /, "")
    .replace(/^declare /, "")
    .replaceAll("    ", "  ");
}
