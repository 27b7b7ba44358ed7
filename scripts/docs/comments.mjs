import { relative } from "node:path";
import ts from "typescript";
import { root } from "../root.mjs";
import { compilerOptions, exportsOf, subpathsOf } from "../subpaths.mjs";

/** Counts a package's exports, and tells which have no doc comment, as "file:line name". */
export function documentedExports(/** @type {string} */ folder) {
  const { program, exported } = read(folder);
  const checker = program.getTypeChecker();
  const undocumented = [...exported].filter((symbol) => symbol.getDocumentationComment(checker).length === 0);
  return { total: exported.size, undocumented: undocumented.map(place).sort() };
}

/**
 * Members of a package's exported interfaces and classes that have no doc comment, as "file:line name". One
 * whose type is a single value, such as a kind or the name of an error, says all by itself.
 */
export function undocumentedMembers(/** @type {string} */ folder) {
  const { program, exported } = read(folder);
  const checker = program.getTypeChecker();
  return [...exported]
    .filter((symbol) => symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.Class))
    .filter((symbol) => symbol.declarations?.every(isOwn))
    .flatMap((symbol) => [...(symbol.members?.values() ?? [])])
    .filter(isPublicMember)
    .filter((member) => !(checker.getTypeOfSymbol(member).flags & ts.TypeFlags.Literal))
    .filter((member) => !isDocumented(member, checker))
    .map((member) => place(member))
    .sort();
}

/** Whether a declaration is this package's: others' are checked with theirs. */
function isOwn(/** @type {ts.Declaration} */ declaration) {
  return !declaration.getSourceFile().isDeclarationFile;
}

function isPublicMember(/** @type {ts.Symbol} */ { flags, valueDeclaration }) {
  const kinds = ts.SymbolFlags.Property | ts.SymbolFlags.Method | ts.SymbolFlags.Accessor;
  if (!(flags & kinds) || !valueDeclaration) return false;
  const { name } = /** @type {ts.NamedDeclaration} */ (valueDeclaration);
  return name !== undefined && !ts.isPrivateIdentifier(name);
}

/** Members of a package's exported interfaces called …Options that have no doc comment, as "file:line name". */
export function undocumentedOptions(/** @type {string} */ folder) {
  const { program, exported } = read(folder);
  const checker = program.getTypeChecker();
  return [...exported]
    .filter((symbol) => symbol.name.endsWith("Options"))
    .flatMap((symbol) => [...(symbol.members?.values() ?? [])])
    .filter((member) => member.flags & (ts.SymbolFlags.Property | ts.SymbolFlags.Method))
    .filter((member) => !isDocumented(member, checker))
    .map((member) => place(member))
    .sort();
}

/** @param {ts.Symbol} member @param {ts.TypeChecker} checker */
function isDocumented(member, checker) {
  // A tag alone says enough where it gives the default, as of a clock.
  return member.getDocumentationComment(checker).length > 0 || member.getJsDocTags(checker).length > 0;
}

/** @type {Map<string, { program: ts.Program, exported: Set<ts.Symbol> }>} */
const known = new Map();

function read(/** @type {string} */ folder) {
  const before = known.get(folder);
  if (before) return before;
  const sources = subpathsOf(folder).map(({ source }) => source);
  const program = ts.createProgram(sources, compilerOptions());
  const exported = new Set(
    sources.flatMap((source) => exportsOf(program, source).map(({ symbol }) => symbol)),
  );
  known.set(folder, { program, exported });
  return { program, exported };
}

function place(/** @type {ts.Symbol} */ symbol) {
  const declaration = symbol.declarations?.[0];
  if (!declaration) return symbol.name;
  const source = declaration.getSourceFile();
  const { line } = source.getLineAndCharacterOfPosition(declaration.getStart());
  const owner = /** @type {{ name?: ts.Node }} */ (declaration.parent).name?.getText();
  return `${relative(root, source.fileName)}:${line + 1} ${owner ? `${owner}.` : ""}${symbol.name}`;
}
