import { mkdtempSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = mkdtempSync(join(tmpdir(), "millrace-bench-"));
process.on("exit", () => rmSync(root, { recursive: true, force: true }));

let count = 0;

/** An empty directory that is gone when this process ends. */
export async function scratchDirectory() {
  const directory = join(root, String(count++));
  await mkdir(directory);
  return directory;
}
