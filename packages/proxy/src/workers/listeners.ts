import { lookup } from "node:dns/promises";
import { readFile } from "node:fs/promises";
import net from "node:net";
import { createSecureContext } from "node:tls";
import { getSystemErrorName } from "node:util";
import { MillraceError, Scope } from "millrace/base";
import { type Address, formatAddress } from "../config/address.js";
import type { ListenSpec } from "../config/daemon-config.js";
import type { ListenerRecord } from "../ipc/messages.js";

/** A socket that is bound and that nobody accepts from in this process. */
export interface BoundHandle {
  getsockname(into: { address?: string; port?: number }): number;
  close(): void;
}

/** A listening address, taken: workers get the handle, and accept. */
export interface Listener extends Disposable {
  /** What is said of it to workers. */
  readonly record: ListenerRecord;
  readonly handle: BoundHandle;
  /** Where it is bound, with the port that the system chose for port 0. */
  readonly address: Address;
}

// Node makes shared sockets for `node:cluster` with this; it has no public name.
const { _createServerHandle: createServerHandle } = net as unknown as {
  _createServerHandle(host: string, port: number, addressType: 4 | 6, fd: number): BoundHandle | number;
};

/**
 * Binds an address without accepting, so that connections wait for workers and outlive any of them.
 *
 * @throws MillraceError `invalid-options` when the address cannot be had, or its certificate not read
 */
export async function bindListener({ address, tls }: ListenSpec): Promise<Listener> {
  const text = formatAddress(address);
  const secrets = tls && (await readSecrets(tls, text));
  const { address: host, family } = await resolveHost(address.host, text);
  const handle = createServerHandle(host, address.port, family === 6 ? 6 : 4, -1);
  if (typeof handle === "number") throw unbindable(text, handle);

  const bound: { address?: string; port?: number } = {};
  const fault = handle.getsockname(bound);
  if (fault !== 0) {
    handle.close();
    throw unbindable(text, fault);
  }
  return {
    record: secrets ? { address: text, tls: secrets } : { address: text },
    handle,
    address: { host: address.host, port: bound.port ?? address.port },
    [Symbol.dispose]: () => handle.close(),
  };
}

/**
 * Binds all of `specs`, or none.
 *
 * @throws MillraceError `invalid-options` as {@link bindListener} does
 */
export async function openListeners(
  specs: readonly ListenSpec[],
): Promise<AsyncDisposable & { readonly all: readonly Listener[] }> {
  const scope = new Scope();
  const all: Listener[] = [];
  try {
    for (const spec of specs) all.push(scope.own(await bindListener(spec)));
  } catch (error) {
    await scope[Symbol.asyncDispose]();
    throw error;
  }
  return { all, [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose]() };
}

async function readSecrets(
  files: NonNullable<ListenSpec["tls"]>,
  text: string,
): Promise<{ cert: string; key: string }> {
  try {
    const [cert, key] = await Promise.all([
      readFile(files.certFile, "utf8"),
      readFile(files.keyFile, "utf8"),
    ]);
    createSecureContext({ cert, key });
    return { cert, key };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw refused(`the certificate for ${text} cannot be used: ${reason}`, cause);
  }
}

async function resolveHost(host: string, text: string): Promise<{ address: string; family: number }> {
  try {
    return await lookup(host);
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

const advice: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there; stop it, or choose another address",
  EACCES: "not allowed; ports below 1024 need privileges (CAP_NET_BIND_SERVICE), or choose a higher one",
  EADDRNOTAVAIL: "no interface of this machine has that address",
};

function refused(message: string, cause: unknown): MillraceError {
  return new MillraceError(message, { code: "invalid-options", unsent: true, cause });
}
