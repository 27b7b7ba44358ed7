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
  readonly fd: number;
  onconnection: ((status: number, client: Handle) => void) | null;
  listen(backlog: number): number;
  close(done?: () => void): void;
  ref(): void;
  unref(): void;
  getAsyncId(): number;
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
      address: string | null,
      port: number,
      addressType: 4 | 6 | -1,
      fd: number,
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
