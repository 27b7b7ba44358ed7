import net from "node:net";

/** What a handle says of where it is bound. */
export interface SocketName {
  address?: string;
  family?: string;
  port?: number;
}

/**
 * A socket as Node holds it below `net.Server` and `net.Socket`. Private to Node, and the same since Node 10: what
 * `cluster` and `child_process` pass around. Everything of this folder that reaches below the public surface goes
 * through this type.
 */
export interface Handle {
  /** Its descriptor; -1 once it is closed. */
  readonly fd: number;
  /** Called for each connection; `status` is 0, or an errno below it. */
  onconnection: ((status: number, client: Handle) => void) | null;
  /** Begins to listen. Gives 0, or an errno below it. */
  listen(backlog: number): number;
  /** Closes this holding of the socket, and calls `done`. */
  close(done?: () => void): void;
  /** Keeps the process alive. */
  ref(): void;
  /** No longer keeps the process alive. */
  unref(): void;
  /** Its number for `async_hooks`. */
  getAsyncId(): number;
  /** Writes where it is bound into `into`. Gives 0, or an errno below it. */
  getsockname?: ((into: SocketName) => number) | undefined;
}

/** The classes of handles, found on handles that public calls have made. */
export interface HandleClasses {
  readonly Tcp: new () => Handle;
  readonly Pipe: new (kind: number) => Handle & { open(fd: number): number };
}

/** Node makes shared sockets for `node:cluster` with this; it has no public name. A number is an errno. */
export const createServerHandle = (
  net as unknown as {
    _createServerHandle?: (
      ...place: [address: string | null, port: number, addressType: 4 | 6 | -1, fd: number, flags?: number]
    ) => Handle | number;
  }
)._createServerHandle;

/** Where Node keeps a socket's handle. */
export interface HandleOwner {
  _handle: Handle | null;
}

/**
 * The socket or server that a handle belongs to; `undefined` while it belongs to none.
 *
 * The link is a property whose key is a symbol of Node's own; it is found by its description.
 */
export function ownerOf(handle: object): unknown {
  const symbol = Object.getOwnPropertySymbols(handle).find(
    ({ description }) => description === "owner_symbol",
  );
  return symbol && (handle as Record<symbol, unknown>)[symbol];
}
