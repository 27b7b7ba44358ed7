import { createServer as createTcpServer, type Server } from "node:net";
import { createServer as createTlsServer, type TlsOptions, Server as TlsServer } from "node:tls";
import type { ListenerRecord, ListenerTls } from "../ipc/messages.js";

const minVersion = "TLSv1.2";

const tlsOptions: TlsOptions = {
  ALPNProtocols: ["http/1.1"],
  minVersion,
  noDelay: true,
  // Who has not come to a first request by then has no use for the connection.
  handshakeTimeout: 10_000,
};

/** Accepts on a handle that the manager has bound; resolves once it does. */
export function listenOn(handle: unknown, { address, tls }: ListenerRecord): Promise<Server> {
  const listener = tls
    ? createTlsServer({ ...tls, ...tlsOptions })
    : createTcpServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
  return new Promise((resolve, reject) => {
    listener.once("error", (error) =>
      reject(new Error(`cannot listen on ${address}: ${error.message}`, { cause: error })),
    );
    listener.listen(handle as object, () => resolve(listener));
  });
}

/** Shows another certificate to who connects from now on. Does nothing where connections are plain. */
export function certify(listener: Server, tls: ListenerTls): void {
  if (listener instanceof TlsServer) listener.setSecureContext({ ...tls, minVersion });
}
