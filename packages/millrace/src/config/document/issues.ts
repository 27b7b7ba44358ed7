import type { z } from "zod";
import { MillraceError } from "../../base/errors.js";

/** One thing that is wrong with a document. */
export interface ConfigIssue {
  /** Keys and indexes down to the fault. */
  readonly path: readonly (string | number)[];
  /** Whether the key itself is at fault, or what it holds. */
  readonly at: "key" | "value";
  /** The path for people: `servers[0].url`; empty for the whole document. */
  readonly field: string;
  /** What is wrong, and what would be right. */
  readonly message: string;
  /** Where in the text it is, if there is a text. */
  readonly position?: Position | undefined;
}

/** Line and column, both counted from 1. */
export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** Faults that a message names: a text with one mistake may have thousands. */
const mostNamed = 20;

/** A configuration that says what it may not. Its message holds one line for each fault, and for twenty at most. */
export class ConfigError extends MillraceError {
  override readonly name = "ConfigError";
  /** All that is wrong; unknown keys first. */
  readonly issues: readonly ConfigIssue[];

  /** `file` is named with each fault whose place is known. */
  constructor(issues: readonly ConfigIssue[], file?: string) {
    const lines = issues.slice(0, mostNamed).map((issue) => describeIssue(issue, file));
    if (issues.length > mostNamed) lines.push(`and ${issues.length - mostNamed} more`);
    super(lines.join("\n"), { code: "invalid-options", unsent: true });
    this.issues = issues;
  }
}

/** Writes an issue as one line: `services.yaml:3:12: services.a.uris: what is wrong`. */
export function describeIssue({ position, field, message }: ConfigIssue, file?: string): string {
  const place = file !== undefined && position ? `${file}:${position.line}:${position.column}: ` : "";
  return `${place}${field && `${field}: `}${message}`;
}

/**
 * Gives back what `schema` makes of `document`.
 *
 * @throws ConfigError when it does not fit
 */
export function checkDocument<T extends z.ZodType>(schema: T, document: unknown): z.output<T> {
  const checked = schema.safeParse(document);
  if (checked.success) return checked.data;
  throw new ConfigError(configIssues(checked.error, document));
}

/** Lists what a schema found in `document`, with the unknown key itself as the place of an unknown key. */
export function configIssues({ issues }: z.core.$ZodError, document: unknown): readonly ConfigIssue[] {
  const found = issues.map(deepestIssue).flatMap((issue): ConfigIssue | ConfigIssue[] => {
    const path = issue.path.map(pathPart);
    if (issue.code === "unrecognized_keys") return unknownKeys(issue, path);
    const { code, message } = issue;
    const found = foundAt(document, path, code);
    return {
      ...{ path, at: "value", field: formatPath(path) },
      message: found === undefined ? message : withFound(message, found),
    };
  });
  // A key that is misspelt is missing as well: the misspelling tells more.
  return [...found.filter(({ at }) => at === "key"), ...found.filter(({ at }) => at === "value")];
}

/** One issue for each key. A `section` says a line of each. */
function unknownKeys(
  { keys, message }: z.core.$ZodIssueUnrecognizedKeys,
  holder: readonly (string | number)[],
): ConfigIssue[] {
  const lines = message.split("\n");
  return keys.map((key, nth) => {
    const path = [...holder, key];
    return { path, at: "key", field: formatPath(path), message: lines[nth] ?? message };
  });
}

/** Adds what was found to what was expected. */
function withFound(message: string, found: string): string {
  const isToldAlready = !message.startsWith("expected ") || message.includes(", found ");
  return isToldAlready ? message : `${message}, found ${found}`;
}

/** What there is in place of what was expected. Of text only that it is one: it may be a secret. */
function foundAt(document: unknown, path: readonly PropertyKey[], code: string): string | undefined {
  const value = valueAt(document, path);
  return typeof value === "string" && code !== "invalid_type" ? undefined : kindOf(value);
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a group of settings";
  if (typeof value === "string") return "a text";
  return String(value);
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    return (value as Record<PropertyKey, unknown>)[key];
  }, document);
}

/** Longest part of a path that is shown whole. */
const longestPart = 64;

/** Writes a path as people do: `servers[0].url`. */
export function formatPath(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    const shown = part.slice(0, longestPart);
    return text === "" ? shown : `${text}.${shown}`;
  }, "");
}

/** Of the alternatives of a union, the one that fits furthest down tells most. */
function deepestIssue(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== "invalid_union") return issue;
  const deepest = issue.errors.flatMap((alternative) => alternative.slice(0, 1).map(deepestIssue));
  const [nested] = deepest.sort((left, right) => depthOf(right) - depthOf(left));
  return nested && depthOf(nested) > 0 ? { ...nested, path: [...issue.path, ...nested.path] } : issue;
}

function depthOf({ code, path }: z.core.$ZodIssue): number {
  return path.length + (code === "unrecognized_keys" ? 1 : 0);
}

function pathPart(part: PropertyKey): string | number {
  return typeof part === "number" ? part : String(part);
}
