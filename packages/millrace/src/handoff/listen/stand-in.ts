import type { Server } from "node:net";
import type { SocketName } from "../handles/handle.js";
import { type Handle, type HandleClasses, ownerOf } from "../handles/handle.js";

/** What a stand-in asks of the door it stands for. */
export interface StandInParts {
  readonly classes: Pick<HandleClasses, "Tcp">;
  readonly getsockname: ((into: SocketName) => number) | undefined;
  /** Path of a unix socket, which handles do not know. */
  readonly path: string | undefined;
  /** Called when a server begins to listen on the stand-in. */
  readonly onServer: (server: Server) => void;
  /** Called when a server that listened has been closed. */
  readonly onClose: () => void;
}

/**
 * A handle that any `net.Server` can listen on, though connections come from somewhere else: whoever has it calls its
 * `onconnection`. This is how `node:cluster` feeds the servers of its workers.
 *
 * The prototype is for `server.listen(handle)`, which asks by class; every method that would reach the system is covered.
 */
export function createStandIn({ classes, getsockname, path, onServer, onClose }: StandInParts): Handle {
  const standIn = Object.create(classes.Tcp.prototype as object) as Handle;
  const own: Partial<Handle> & ThisType<Handle> = {
    onconnection: null,
    getAsyncId: () => 0,
    getsockname,
    ref: () => undefined,
    unref: () => undefined,
    listen() {
      const server = ownerOf(this) as Server & { _pipeName?: string };
      if (path !== undefined) server._pipeName = path;
      onServer(server);
      return 0;
    },
    close(done) {
      onClose();
      if (done) setImmediate(() => done.call(this));
    },
  };
  for (const [key, value] of Object.entries(own))
    Object.defineProperty(standIn, key, { value, writable: true, configurable: true });
  Object.defineProperty(standIn, "fd", { value: -1 });
  return standIn;
}
