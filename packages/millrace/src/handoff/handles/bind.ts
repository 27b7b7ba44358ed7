import { lookup } from "node:dns/promises";
import { chmod, lstat, rename, rm } from "node:fs/promises";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { getSystemErrorName } from "node:util";
import { MillraceError } from "../../base/errors.js";
import { formatListenAddress, type ListenAddress } from "../address.js";
import { createServerHandle, type Handle, type SocketName } from "./handle.js";
import { reusePortFlag } from "./reuse-port.js";

/** How an address is bound. */
export interface BindOptions {
  /**
   * Whether others of this user may listen on the same port; see `reusesPorts`. Not for unix sockets.
   * @defaultValue false
   */
  readonly reusePort?: boolean | undefined;
  /**
   * Which addresses are meant by a name, and by the wildcard: `::` takes IPv4 too unless this is 6.
   * @defaultValue whichever there are
   */
  readonly family?: 4 | 6 | undefined;
}

/** `UV_TCP_IPV6ONLY` of libuv. */
const ipv6Only = 1;

/**
 * Binds `address` without listening: nobody can connect yet, and nobody else can have it unless `reusePort` says so.
 *
 * A unix socket is bound beside its path and then moved there, which replaces one whose process is gone. It keeps no
 * memory of the path: closing the handle removes no file.
 *
 * @throws MillraceError `invalid-options` when the address cannot be had; the message says why, and what to do
 */
export async function bindHandle(address: ListenAddress, options: BindOptions = {}): Promise<Handle> {
  const text = formatListenAddress(address);
  if (!createServerHandle) throw refused(`cannot listen on ${text}: this Node cannot share sockets`);
  return address.kind === "unix" ? bindUnix(address.path, text) : bindTcp(address, text, options);
}

/** Opens a listening socket that this process has inherited. */
export function openDescriptor(fd: number): Handle {
  const handle = createServerHandle?.(null, 0, -1, fd);
  if (handle === undefined || typeof handle === "number")
    throw refused(`descriptor ${fd} is not a socket that can listen`);
  return handle;
}

/** Where a handle is bound, with the port that the system chose. Unix sockets keep the `address` they are asked for with. */
export function boundAddress(handle: Handle, address: ListenAddress): ListenAddress {
  if (address.kind === "unix") return address;
  const { port } = socketName(handle);
  return { ...address, port: port ?? address.port };
}

/** What the system says of where a handle is bound; empty for unix sockets. */
export function socketName(handle: Handle): SocketName {
  const name: SocketName = {};
  handle.getsockname?.(name);
  return name;
}

async function bindTcp(
  { host, port }: ListenAddress & { kind: "tcp" },
  text: string,
  { reusePort = false, family: wanted }: BindOptions,
): Promise<Handle> {
  const { address, family } = await resolveHost(host, text, wanted);
  const flags = (reusePort ? reusePortFlag : 0) | (family === 6 && wanted === 6 ? ipv6Only : 0);
  const handle = createServerHandle!(address, port, family === 6 ? 6 : 4, -1, flags);
  if (typeof handle !== "number") {
    const name: SocketName = {};
    const fault = handle.getsockname!(name);
    if (fault === 0) return handle;
    handle.close();
    throw unbindable(text, fault);
  }
  // The wildcard is meant for whatever the machine has.
  if (
    host === "::" &&
    wanted !== 6 &&
    ["EINVAL", "EAFNOSUPPORT", "EADDRNOTAVAIL"].includes(getSystemErrorName(handle))
  )
    return bindTcp({ kind: "tcp", host: "0.0.0.0", port }, text, { reusePort });
  throw unbindable(text, handle);
}

/** Longest path of a local socket, in bytes; a longer one would be cut off without a word. */
const longestPath = process.platform === "linux" ? 107 : 103;

/** How many have been bound: of one folder there may be several at the same time. */
let bound = 0;

async function bindUnix(path: string, text: string): Promise<Handle> {
  if (await answers(path)) throw refused(`cannot listen on ${text}: ${advice["EADDRINUSE"]}`);
  const stats = await lstat(path).catch(() => undefined);
  if (stats && !stats.isSocket())
    throw refused(`cannot listen on ${text}: there is a file that is no socket`);
  bound += 1;
  const beside = join(dirname(path), `.${process.pid.toString(36)}.${bound.toString(36)}`);
  const longest = Math.max(Buffer.byteLength(path), Buffer.byteLength(beside));
  if (longest > longestPath)
    throw refused(
      `cannot listen on ${text}: its path has ${longest} bytes, and the system takes ${longestPath}`,
    );
  await rm(beside, { force: true });
  const handle = createServerHandle!(beside, -1, -1, -1);
  if (typeof handle === "number") throw await unbindableAt(path, text, handle);
  try {
    // Connecting is allowed to whom the folder lets in, as for a socket that Node makes.
    await chmod(beside, 0o666 & ~process.umask());
    await rename(beside, path);
    return handle;
  } catch (cause) {
    handle.close();
    throw refused(`cannot listen on ${text}: ${(cause as Error).message}`, cause);
  }
}

/** Whether somebody accepts on a unix socket. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function resolveHost(
  host: string,
  text: string,
  family: 4 | 6 | undefined,
): Promise<{ address: string; family: number }> {
  try {
    return await lookup(host, { family: family ?? 0 });
  } catch (cause) {
    throw refused(`cannot listen on ${text}: the name ${host} has no address`, cause);
  }
}

function unbindable(text: string, errno: number): MillraceError {
  const name = getSystemErrorName(errno);
  return refused(
    `cannot listen on ${text}: ${advice[name] ?? name}`,
    Object.assign(new Error(name), { code: name }),
  );
}

/** Of a folder that is not there libuv says that it is not allowed, too. */
async function unbindableAt(path: string, text: string, errno: number): Promise<MillraceError> {
  const name = getSystemErrorName(errno);
  if (name !== "EACCES") return unbindable(text, errno);
  const folder = dirname(path);
  const found = await lstat(folder).catch(() => undefined);
  const why = found
    ? `this user may not write to its folder, ${folder}`
    : `the folder of the socket, ${folder}, does not exist`;
  return refused(`cannot listen on ${text}: ${why}`, Object.assign(new Error(name), { code: name }));
}

const advice: Readonly<Record<string, string>> = {
  EADDRINUSE:
    "a program that does not take part in this hand-over listens there; stop it, start both under the same name, or choose another address",
  EACCES: "not allowed; ports below 1024 need privileges (CAP_NET_BIND_SERVICE), or choose a higher one",
  EADDRNOTAVAIL: "no interface of this machine has that address",
};

function refused(message: string, cause?: unknown): MillraceError {
  return new MillraceError(message, { code: "invalid-options", unsent: true, cause });
}
