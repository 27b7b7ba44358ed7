import { createServerHandle, type SocketName } from "./handle.js";

/** `UV_TCP_REUSEPORT` of libuv. */
export const reusePortFlag = 2;

let known: boolean | undefined;

/**
 * Whether several sockets of this user can listen on one port, and the system shares those who connect out among them: from Node
 * 22.12 and 23.1 on, on Linux and some BSDs. Found by trying, since older versions take the wish and do nothing.
 */
export function reusesPorts(): boolean {
  known ??= tryIt();
  return known;
}

function tryIt(): boolean {
  const name: SocketName = {};
  const bind = (port: number) => {
    const handle = createServerHandle?.("127.0.0.1", port, 4, -1, reusePortFlag);
    return typeof handle === "object" ? handle : undefined;
  };
  const one = bind(0);
  // Two may be bound in any case; only one of them then listens.
  one?.listen(1);
  one?.getsockname?.(name);
  const other = name.port === undefined ? undefined : bind(name.port);
  const shared = other?.listen(1) === 0;
  one?.close();
  other?.close();
  return shared;
}
