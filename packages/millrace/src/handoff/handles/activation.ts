import { formatListenAddress, type ListenAddress } from "../address.js";
import { openDescriptor, socketName } from "./bind.js";
import type { Handle } from "./handle.js";

/** Where a service manager's sockets begin (sd_listen_fds(3)). */
const firstDescriptor = 3;

/**
 * Takes the sockets that a service manager has passed (`LISTEN_FDS`), one for each of `addresses`. `undefined` when
 * there are none for this process, or not one for each: by name (`LISTEN_FDNAMES` with the address, as
 * `FileDescriptorName=` sets it), else by where they are bound.
 *
 * The variables are removed, so that programs started from here do not take the sockets for theirs.
 */
export function activatedHandles(
  addresses: readonly ListenAddress[],
  env: NodeJS.ProcessEnv = process.env,
): readonly Handle[] | undefined {
  const {
    LISTEN_FDS: count,
    LISTEN_PID: pid,
    LISTEN_FDNAMES: names = "",
  } = env as Record<string, string | undefined>;
  if (count === undefined || Number(pid) !== process.pid) return undefined;
  for (const key of ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"]) delete env[key];
  const named = names.split(":");
  const sockets = Array.from({ length: Number(count) || 0 }, (_, index) => {
    const handle = openDescriptor(firstDescriptor + index);
    return { handle, name: named[index] };
  });
  const chosen = addresses.map((address) => takeMatching(address, sockets, addresses.length === 1));
  return chosen.every((handle): handle is Handle => handle !== undefined) ? chosen : undefined;
}

interface Socket {
  readonly handle: Handle;
  readonly name: string | undefined;
}

function takeMatching(address: ListenAddress, sockets: Socket[], only: boolean): Handle | undefined {
  const index = sockets.findIndex((socket) => matches(address, socket) || (only && sockets.length === 1));
  return index < 0 ? undefined : sockets.splice(index, 1)[0]!.handle;
}

function matches(address: ListenAddress, { handle, name }: Socket): boolean {
  // A name cannot hold a colon, which separates names.
  if (name !== undefined && name === formatListenAddress(address).replaceAll(":", "-")) return true;
  if (address.kind === "unix") return false;
  const { address: host, port } = socketName(handle);
  return host === address.host && port === address.port;
}
