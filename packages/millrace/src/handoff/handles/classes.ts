import { rm } from "node:fs/promises";
import { createServer } from "node:net";
import { MillraceError } from "../../base/errors.js";
import { createServerHandle, type HandleClasses, type HandleOwner } from "./handle.js";
import { listenPrivately } from "./listen-privately.js";

let known: Promise<HandleClasses> | undefined;

/**
 * Finds the classes behind TCP sockets and local ones, with which sockets can be passed between processes. `path` is
 * where a socket may be made for a moment.
 *
 * @throws MillraceError `unavailable` where this system, or this Node, has no such thing
 */
export function handleClasses(path: string): Promise<HandleClasses> {
  known ??= find(path).catch((error: Error) => {
    // What is wrong with the folder may be put right.
    known = undefined;
    throw error;
  });
  return known;
}

async function find(path: string): Promise<HandleClasses> {
  // Windows duplicates sockets for a process that is known, not for whoever holds the other end of a pipe.
  if (process.platform === "win32") throw unavailable("on Windows");
  const bound = createServerHandle?.("127.0.0.1", 0, 4, -1);
  if (bound === undefined || typeof bound === "number")
    throw unavailable(`on this Node (${process.version})`);
  const Tcp = bound.constructor as HandleClasses["Tcp"];
  bound.close();
  return { Tcp, Pipe: await pipeClass(path) };
}

async function pipeClass(path: string): Promise<HandleClasses["Pipe"]> {
  const server = createServer();
  await listenPrivately(server, path);
  const { _handle: handle } = server as unknown as HandleOwner;
  server.close();
  await rm(path, { force: true });
  return handle!.constructor as HandleClasses["Pipe"];
}

function unavailable(where: string): MillraceError {
  return new MillraceError(`sockets cannot be handed over ${where}`, { code: "unavailable", unsent: true });
}
