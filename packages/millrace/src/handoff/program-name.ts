import { readFileSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";

/** What of a `package.json` tells something. */
interface PackageFile {
  readonly name?: string;
  readonly version?: string;
  readonly main?: string;
}

/**
 * What a program is found by that says nothing itself: the name in the nearest `package.json` above its script, and the
 * name of the script. Not its folder, which is another one for each version.
 */
export function programName(script: string | undefined = process.argv[1]): string {
  const { name } = nearestPackage(script) ?? {};
  const stem = script ? stemOf(script) : "node";
  return (
    (name ? `${name}.${stem}` : stem)
      .replace(/^@/, "")
      .replace(/[^\w.-]/g, "-")
      .replace(/^\W+/, "")
      .slice(0, 64) || "node"
  );
}

/** The version in the nearest `package.json` above the script of this program. */
export function programRelease(): string | undefined {
  return nearestPackage(process.argv[1])?.version;
}

/** `node .` names a folder, in which a package says what is run. */
function stemOf(script: string): string {
  const own = readPackage(script);
  const file = own ? (own.main ?? "index.js") : script;
  return basename(file, extname(file));
}

/** Looks from the script itself upwards, since that may be a folder. */
function nearestPackage(script = join(process.cwd(), "x")): PackageFile | undefined {
  for (let folder = resolve(script); ; folder = dirname(folder)) {
    const found = readPackage(folder);
    if (found || dirname(folder) === folder) return found;
  }
}

/** None there, or one that cannot be read, is no help. */
function readPackage(folder: string): PackageFile | undefined {
  try {
    const found: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return typeof found === "object" && found !== null ? found : undefined;
  } catch {
    return undefined;
  }
}
