import { type Document, LineCounter, parseDocument } from "yaml";
import { type DaemonDocument, daemonSchema } from "./daemon.js";
import { ConfigError, type ConfigIssue, configIssues } from "./issues.js";
import { issuePosition } from "./positions.js";

/**
 * Reads and checks the text of a configuration file. Everything that is wrong with it is reported at
 * once, each fault on its own line as `file:line:column: field: what is wrong`.
 *
 * @throws ConfigError
 */
export function parseConfig(text: string, file: string): DaemonDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (line: number, column: number) => `${file}:${line}:${column}: `;
  if (document.errors.length > 0) {
    const faults = document.errors.map(({ pos, code, message }) => ({
      message: code === "MULTIPLE_DOCS" ? "expected one document; another begins here" : message,
      ...lines.linePos(pos[0]),
    }));
    throw new ConfigError(faults.map(({ line, col, message }) => wholeDocument(at(line, col) + message)));
  }

  const content = contentOf(document, at(1, 1));
  const checked = daemonSchema.safeParse(content);
  if (checked.success) return content as DaemonDocument;
  const issues = configIssues(checked.error);
  throw new ConfigError(issues, (issue) => {
    const { line, column } = issuePosition(document, lines, issue);
    return at(line, column);
  });
}

/** The values of a document, whose aliases must not multiply it without bound. */
function contentOf(document: Document, place: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch {
    throw new ConfigError([wholeDocument(`${place}expected at most 100 uses of aliases (*name)`)]);
  }
}

function wholeDocument(message: string): ConfigIssue {
  return { path: [], at: "value", field: "", message };
}
