import { readFileSync } from "node:fs";
import { fromRoot } from "../root.mjs";
import { trackedFiles } from "./markdown.mjs";

/** Paths of one machine, and the hosts that packages happened to be fetched from. */
const patterns = [
  /(?<![\w.~-])\/(?:work|home|root|Users)\/[\w.-]+/,
  /\/tmp\/bash_jobs/,
  /https?:\/\/[^\s"'/]*\bregistry\.[^\s"'/]+/,
  /"resolved": "https?:/,
];

/** Lines of tracked files that name such a place, as "file:line what". */
export function privatePlaces() {
  return trackedFiles().flatMap((name) => {
    const text = readFileSync(fromRoot(name), "utf8");
    if (text.includes("\0") || patterns.every((pattern) => !pattern.test(text))) return [];
    return text.split("\n").flatMap((line, index) => {
      const found = patterns.map((pattern) => pattern.exec(line)?.[0]).find((match) => match !== undefined);
      return found === undefined ? [] : [`${name}:${index + 1} ${found}`];
    });
  });
}
