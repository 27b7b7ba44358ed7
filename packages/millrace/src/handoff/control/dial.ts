import { connect, type Socket } from "node:net";
import { MillraceError } from "../../base/errors.js";

/**
 * Connects to whoever listens at `path`; `undefined` when nobody does.
 *
 * @throws MillraceError `connect-failed` when it cannot be found out
 */
export function dialPath(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.removeAllListeners("error");
      resolve(socket);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (["ENOENT", "ECONNREFUSED", "ECONNRESET"].includes(error.code ?? "")) return resolve(undefined);
      const why = error.code === "EACCES" ? "no permission to connect to it" : error.message;
      reject(
        new MillraceError(`the control socket ${path} cannot be used: ${why}`, {
          code: "connect-failed",
          unsent: true,
          cause: error,
        }),
      );
    });
  });
}
