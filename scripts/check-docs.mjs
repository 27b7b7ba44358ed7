// npm run check:docs: exports and options are documented, links lead somewhere, examples run, and nothing
// tracked names a place that only exists on one machine. A test runs the same checks one by one.
import { pathToFileURL } from "node:url";
import { documentedExports, undocumentedMembers, undocumentedOptions } from "./docs/comments.mjs";
import { failingExamples } from "./docs/examples.mjs";
import { brokenLinks } from "./docs/links.mjs";
import { privatePlaces } from "./docs/private-places.mjs";
import { packages } from "./root.mjs";

/** The share of exports that must have a doc comment. */
const documentedShare = 0.98;

/** Each check by name: gives what is wrong, one line each. */
export const checks = {
  ...Object.fromEntries(
    packages.flatMap((folder) => [
      [`packages/${folder} documents its exports`, () => tooFewDocumented(folder)],
      [`packages/${folder} documents its options`, () => undocumentedOptions(folder)],
      [`packages/${folder} documents the members of what it exports`, () => undocumentedMembers(folder)],
    ]),
  ),
  "links in Markdown lead to files and headings that exist": brokenLinks,
  "examples in Markdown compile and run": failingExamples,
  "nothing tracked names a private place": privatePlaces,
};

function tooFewDocumented(/** @type {string} */ folder) {
  const { total, undocumented } = documentedExports(folder);
  return undocumented.length > total * (1 - documentedShare) ? undocumented : [];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const [name, check] of Object.entries(checks)) {
    const findings = check();
    console.log(`${findings.length === 0 ? "ok  " : "FAIL"} ${name}`);
    for (const finding of findings) console.log(`     ${finding}`);
    if (findings.length > 0) process.exitCode = 1;
  }
}
