import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** Writes this process's id into `path`, in one step: a reader finds the old content or the new. */
export function writePidFile(path: string): void {
  const beside = `${path}.${process.pid}`;
  writeFileSync(beside, `${process.pid}\n`);
  renameSync(beside, path);
}

/** Removes `path` unless another process has written its own id into it. */
export function removePidFile(path: string): void {
  if (readFileSync(path, "utf8").trim() === String(process.pid)) rmSync(path, { force: true });
}
