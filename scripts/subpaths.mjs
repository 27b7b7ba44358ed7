import { readFileSync } from "node:fs";
import ts from "typescript";
import { fromRoot } from "./root.mjs";

/**
 * @typedef {object} Subpath
 * @property {string} specifier what users import
 * @property {string} source the index.ts it is made from
 * @property {string} declarations the compiled index.d.ts
 */

/**
 * The subpaths that a package exports, in the order of its manifest.
 *
 * @returns {Subpath[]}
 */
export function subpathsOf(/** @type {string} */ folder) {
  const manifest = JSON.parse(readFileSync(fromRoot("packages", folder, "package.json"), "utf8"));
  /** @type {[string, string | { types: string }][]} */
  const exported = Object.entries(manifest.exports);
  return exported.flatMap(([key, target]) => {
    if (typeof target === "string") return [];
    const declarations = fromRoot("packages", folder, target.types);
    const source = declarations.replace("/dist/", "/src/").replace(/\.d\.ts$/, ".ts");
    return [{ specifier: manifest.name + key.slice(1), source, declarations }];
  });
}

/** The options that all of the repository is compiled with, writing nothing. */
export function compilerOptions() {
  const file = fromRoot("tsconfig.base.json");
  const { config } = ts.readConfigFile(file, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, fromRoot());
  return { ...options, composite: false, declaration: false, declarationMap: false, noEmit: true };
}

/**
 * What a module exports, re-exports followed to where they are declared, sorted by name.
 *
 * @param {ts.Program} program
 * @param {string} file
 */
export function exportsOf(program, file) {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  if (!source) throw new Error(`${file} is missing`);
  const module = checker.getSymbolAtLocation(source);
  const symbols = module ? checker.getExportsOfModule(module) : [];
  return symbols
    .map((symbol) => ({ name: symbol.name, symbol: followed(checker, symbol) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** @param {ts.TypeChecker} checker @param {ts.Symbol} symbol */
function followed(checker, symbol) {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}
