import { createServer as createTcpServer, type Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { ListenerRecord } from "../ipc/messages.js";

/** Accepts on a handle that the manager has bound; resolves once it does. */
export function listenOn(handle: unknown, { address, tls }: ListenerRecord): Promise<Server> {
  const listener = tls
    ? createTlsServer({ ...tls, ALPNProtocols: ["http/1.1"], minVersion: "TLSv1.2", noDelay: true })
    : createTcpServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
  return new Promise((resolve, reject) => {
    listener.once("error", (error) =>
      reject(new Error(`cannot listen on ${address}: ${error.message}`, { cause: error })),
    );
    listener.listen(handle as object, () => resolve(listener));
  });
}
