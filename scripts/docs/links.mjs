import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fromRoot } from "../root.mjs";
import { markdownFiles, withoutCode } from "./markdown.mjs";

const link = /\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)|^\[[^\]]+\]:\s*(\S+)/gm;

/** Relative links that lead nowhere, as "file:line link". */
export function brokenLinks() {
  return markdownFiles().flatMap(({ name, text }) => {
    const prose = withoutCode(text);
    return [...prose.matchAll(link)]
      .map((match) => ({ target: match[1] ?? match[2] ?? "", index: match.index }))
      .filter(({ target }) => !/^([a-z][a-z+.-]*:|\/\/)/i.test(target) && !leadsSomewhere(name, target))
      .map(({ target, index }) => `${name}:${prose.slice(0, index).split("\n").length} ${target}`);
  });
}

function leadsSomewhere(/** @type {string} */ from, /** @type {string} */ target) {
  const [path = "", heading] = decodeURI(target).split("#");
  const file =
    path === "" ? fromRoot(from) : path.startsWith("/") ? fromRoot(path) : fromRoot(dirname(from), path);
  if (!existsSync(file)) return false;
  if (!heading || !file.endsWith(".md") || !statSync(file).isFile()) return true;
  return anchorsOf(readFileSync(join(file), "utf8")).has(heading);
}

/** The anchors that GitHub gives the headings of a Markdown text. */
function anchorsOf(/** @type {string} */ text) {
  const anchors = new Set([...text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map((match) => match[1] ?? ""));
  const withoutFences = text.replace(/^(`{3,})[\s\S]*?^\1/gm, "");
  for (const [, title = ""] of withoutFences.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const words = title.toLowerCase().replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
    const anchor = words.replace(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");
    let unique = anchor;
    for (let again = 1; anchors.has(unique); again += 1) unique = `${anchor}-${again}`;
    anchors.add(unique);
  }
  return anchors;
}
