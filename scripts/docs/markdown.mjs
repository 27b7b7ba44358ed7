import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fromRoot, root } from "../root.mjs";

/** Files that are tracked, or would be: what git does not ignore. Relative to the root. */
export function trackedFiles() {
  const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const names = execFileSync("git", list, { cwd: root, encoding: "utf8" }).split("\0");
  return [...new Set(names)].filter((name) => name !== "" && existsSync(fromRoot(name)));
}

/** Every Markdown file with its text. */
export function markdownFiles() {
  const names = trackedFiles().filter((name) => name.endsWith(".md"));
  return names.map((name) => ({ name, text: readFileSync(fromRoot(name), "utf8") }));
}

/** The code fences of a Markdown text: the words after the opening ticks, the code, its first line. */
export function fencesOf(/** @type {string} */ text) {
  const pattern = /^(`{3,}|~{3,})([^\n`]*)\n([\s\S]*?)^\1[`~]*[ \t]*$/gm;
  return [...text.matchAll(pattern)].map((match) => ({
    tags: (match[2] ?? "").trim().split(/\s+/),
    code: match[3] ?? "",
    line: text.slice(0, match.index).split("\n").length + 1,
  }));
}

/** The text with its code blanked out, line for line. */
export function withoutCode(/** @type {string} */ text) {
  const blank = (/** @type {string} */ code) => code.replace(/[^\n]/g, " ");
  const pattern = /^(`{3,}|~{3,})[^\n`]*\n[\s\S]*?^\1[`~]*[ \t]*$/gm;
  return text.replace(pattern, blank).replace(/(`+)[^`\n]+\1/g, blank);
}
