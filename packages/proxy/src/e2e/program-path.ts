import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** Where a program is; undefined when it is not installed. Looks where daemons are, too. */
export async function programPath(name: string): Promise<string | undefined> {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  for (const folder of folders) {
    const path = join(folder, name);
    const there = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (there) return path;
  }
  return undefined;
}
