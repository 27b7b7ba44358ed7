import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo, ListenOptions, Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Scope } from "../../base/scope.js";
import type { Address } from "../resolve/address.js";

/** A server that listens where a test can reach it, until it is disposed of with all its connections. */
export interface Listening extends AsyncDisposable {
  readonly address: Address;
  readonly port: number;
  /** The connections it has had. */
  readonly sockets: readonly Socket[];
}

/** Listens on a port of 127.0.0.1 that is free. */
export function listenTcp(server: Server): Promise<Listening> {
  return listen(server, { host: "127.0.0.1", port: 0 }, new Scope());
}

/** Listens on a unix socket in a folder of its own. */
export async function listenUnix(server: Server): Promise<Listening> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-"));
  const scope = new Scope();
  scope.defer(() => rm(folder, { recursive: true, force: true }));
  return listen(server, { path: join(folder, "s") }, scope);
}

async function listen(server: Server, where: ListenOptions, scope: Scope): Promise<Listening> {
  const sockets: Socket[] = [];
  server.on("connection", (socket) => {
    socket.on("error", () => {});
    sockets.push(socket);
  });
  server.listen(where);
  await once(server, "listening");
  scope.defer(() => new Promise<void>((resolve) => server.close(() => resolve())));
  scope.defer(() => sockets.forEach((socket) => void socket.destroy()));
  const { port = 0 } = where.path ? {} : (server.address() as AddressInfo);
  const address: Address = where.path
    ? { kind: "unix", path: where.path }
    : { kind: "tcp", host: "127.0.0.1", port };
  return { address, port, sockets, [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose]() };
}
