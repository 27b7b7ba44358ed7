import { type Document, type ErrorCode, LineCounter, parseDocument, type YAMLError } from "yaml";
import type { z } from "zod";
import { contentOf } from "./content.js";
import { ConfigError, type ConfigIssue, configIssues, describeIssue, type Position } from "./issues.js";
import { Positions } from "./positions.js";

/** A text that is to be read as a document, and what to make of it. */
export interface DocumentText {
  /** YAML, of which JSON is a part. */
  readonly text: string;
  /** Name of the file, for messages. */
  readonly file: string;
  /**
   * Whether keys that a `section` does not know are faults, or are left out with a warning.
   * @defaultValue "refuse"
   */
  readonly unknownKeys?: "refuse" | "warn" | undefined;
}

/** A document that fits its schema. */
export interface ReadDocument<Value> {
  /** As it was written; without unknown keys. */
  readonly written: unknown;
  /** What the schema made of it. */
  readonly value: Value;
  /** One line for each key that nobody knows: `file:line:column: key: what it may have been meant to be`. */
  readonly warnings: readonly string[];
}

/**
 * Reads a text and checks it. Everything that is wrong with it is reported at once, each fault on its
 * own line as `file:line:column: field: what is wrong`. An empty text is an empty group of settings.
 *
 * @throws ConfigError
 */
export function readDocument<T extends z.ZodType>(
  schema: T,
  { text, file, unknownKeys = "refuse" }: DocumentText,
): ReadDocument<z.output<T>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { ...grammar, lineCounter: lines });
  const positions = new Positions(document, lines);
  refuse(grammarFaults(document, positions), file);
  const { value: content, faults } = contentOf(document, positions);
  refuse(faults, file);

  const written = content ?? {};
  const left: LocatedIssue[] = [];
  for (;;) {
    const checked = schema.safeParse(written);
    if (checked.success) return { written, value: checked.data, warnings: inOrder(left, file) };
    const issues = configIssues(checked.error, written).map((issue) => {
      return { ...issue, position: positions.of(issue) };
    });
    const unknown = issues.filter(({ at }) => at === "key");
    if (unknownKeys === "refuse" || unknown.length === 0) throw new ConfigError(inPlaceOrder(issues), file);
    for (const { path } of unknown) remove(written, path);
    left.push(...unknown);
  }
}

/** Names that stand twice are found by {@link contentOf}: to look for them here takes the square of their number. */
const grammar = {
  prettyErrors: false,
  uniqueKeys: false,
  schema: "core",
  resolveKnownTags: false,
  logLevel: "error",
} as const;

type LocatedIssue = ConfigIssue & { readonly position: Position };

function refuse(faults: readonly ConfigIssue[], file: string): void {
  if (faults.length > 0) throw new ConfigError(faults, file);
}

function inOrder(issues: readonly LocatedIssue[], file: string): readonly string[] {
  return [...issues].sort(byPlace).map((issue) => describeIssue(issue, file));
}

/** From top to bottom; what is misspelt before what is missing for it. */
function inPlaceOrder(issues: readonly LocatedIssue[]): readonly LocatedIssue[] {
  return [...issues].sort((a, b) => (a.at === b.at ? byPlace(a, b) : a.at === "key" ? -1 : 1));
}

function byPlace({ position: a }: LocatedIssue, { position: b }: LocatedIssue): number {
  return a.line - b.line || a.column - b.column;
}

function grammarFaults({ errors, warnings }: Document, positions: Positions): readonly ConfigIssue[] {
  const tags = warnings.filter(({ code }) => code === "TAG_RESOLVE_FAILED");
  const faults: readonly YAMLError[] = [...errors, ...tags];
  const told = faults.map(({ pos, code, message }): LocatedIssue => {
    const position = positions.ofOffset(pos[0]);
    return { path: [], at: "value", field: "", message: whatIsWrong[code] ?? message, position };
  });
  // Of brackets that are never closed the parser tells one by one.
  const lines = new Map(told.map((issue) => [describeIssue(issue, ""), issue]));
  return [...lines.values()];
}

/** Where the parser's own words do not say what would be right. */
const whatIsWrong: Readonly<Partial<Record<ErrorCode, string>>> = {
  MULTIPLE_DOCS: "expected one document; another begins here",
  RESOURCE_EXHAUSTION: "expected fewer levels: this is nested too deeply to be read",
  TAG_RESOLVE_FAILED: "expected a value without a tag (!name)",
};

/** Takes the key that `path` ends with out of what holds it. */
function remove(content: unknown, path: readonly (string | number)[]): void {
  let holder = content;
  for (const part of path.slice(0, -1)) holder = (holder as Record<string | number, unknown>)[part];
  delete (holder as Record<string | number, unknown>)[path.at(-1)!];
}
