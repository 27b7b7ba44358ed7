import { type ConnectionOptions, connect as connectSocket } from "node:tls";
import { SocketStream } from "../../wire/stream/socket-stream.js";
import { type Address, addressKey } from "../resolve/address.js";
import { type ClientTls, handshakeOptions } from "../tls/client-tls.js";
import { settleConnect } from "./attempt.js";
import type { Connector } from "./connector.js";
import { type ConnectBounds, placeOf } from "./plain.js";

/** Makes the connector of an address, or of a host name in its place, with TLS. */
export function encryptedConnector(to: Address, tls: ClientTls, bounds: ConnectBounds): Connector {
  const target = addressKey(to);
  const host = to.kind === "tcp" ? to.host : undefined;
  const place = placeOf(to) as ConnectionOptions;
  return {
    target,
    encrypted: true,
    async connect(signal) {
      const context = tls.context();
      const session = tls.sessions.find(target, context);
      const settings = { ...place, ...handshakeOptions(tls, host, context) };
      const socket = connectSocket(session ? { ...settings, session } : settings);
      socket.allowHalfOpen = true;
      socket.on("session", (fresh: Buffer) => tls.sessions.keep(target, context, fresh));
      try {
        await settleConnect(socket, "secureConnect", { target, ...bounds, signal });
      } catch (error) {
        tls.sessions.drop(target);
        throw error;
      }
      return SocketStream.wrap(socket, true);
    },
  };
}
