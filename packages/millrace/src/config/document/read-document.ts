import { type Document, type ErrorCode, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { ConfigError, type ConfigIssue, configIssues, describeIssue, type Position } from "./issues.js";
import { issuePosition } from "./positions.js";

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
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) throw new ConfigError(textFaults(document, lines), file);

  const written = contentOf(document, file);
  const left: LocatedIssue[] = [];
  for (;;) {
    const checked = schema.safeParse(written);
    if (checked.success) return { written, value: checked.data, warnings: inOrder(left, file) };
    const issues = configIssues(checked.error, written).map((issue) => {
      return { ...issue, position: issuePosition(document, lines, issue) };
    });
    const unknown = issues.filter(({ at }) => at === "key");
    if (unknownKeys === "refuse" || unknown.length === 0) throw new ConfigError(issues, file);
    for (const { path } of unknown) remove(written, path);
    left.push(...unknown);
  }
}

type LocatedIssue = ConfigIssue & { readonly position: Position };

function inOrder(issues: readonly LocatedIssue[], file: string): readonly string[] {
  const sorted = [...issues].sort(({ position: a }, { position: b }) => {
    return a.line - b.line || a.column - b.column;
  });
  return sorted.map((issue) => describeIssue(issue, file));
}

function textFaults(document: Document, lines: LineCounter): readonly ConfigIssue[] {
  return document.errors.map(({ pos, code, message }) => {
    const { line, col } = lines.linePos(pos[0]);
    return wholeDocument(whatIsWrong[code] ?? message, line, col);
  });
}

/** Where the parser's own words do not say what would be right. */
const whatIsWrong: Readonly<Partial<Record<ErrorCode, string>>> = {
  MULTIPLE_DOCS: "expected one document; another begins here",
  RESOURCE_EXHAUSTION: "expected fewer levels: this is nested too deeply to be read",
};

/** The values of a document, whose aliases must not multiply it without bound. */
function contentOf(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch {
    throw new ConfigError([wholeDocument("expected at most 100 uses of aliases (*name)", 1, 1)], file);
  }
}

function wholeDocument(message: string, line: number, column: number): ConfigIssue {
  return { path: [], at: "value", field: "", message, position: { line, column } };
}

/** Takes the key that `path` ends with out of what holds it. */
function remove(content: unknown, path: readonly (string | number)[]): void {
  let holder = content;
  for (const part of path.slice(0, -1)) holder = (holder as Record<string | number, unknown>)[part];
  delete (holder as Record<string | number, unknown>)[path.at(-1)!];
}
