import { chmod } from "node:fs/promises";
import type { Server } from "node:net";
import { MillraceError } from "../../base/errors.js";

/**
 * Has `server` listen at `path`, to which nobody but this user can connect.
 *
 * @throws MillraceError `invalid-options` when the system refuses, as where the disk is full
 */
export async function listenPrivately(server: Server, path: string): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      // It hears later errors too: where somebody cannot be let in, for want of descriptors say, the program goes on.
      server.on("error", reject);
      server.listen(path, resolve);
    });
    await chmod(path, 0o600);
  } catch (cause) {
    server.close();
    throw new MillraceError(
      `a local socket cannot be made in the folder of the control socket (${(cause as Error).message}); make room, or choose another folder`,
      { code: "invalid-options", unsent: true, cause },
    );
  }
}
