import type { ConnectionOptions } from "node:tls";
import { SocketStream } from "../../wire/stream/socket-stream.js";
import { type Address, addressKey } from "../resolve/address.js";
import type { ClientTls } from "../tls/client-tls.js";
import type { Connector } from "./connector.js";
import { type ConnectBounds, placeOf } from "./plain.js";
import { secure } from "./secure.js";

/** Makes the connector of an address, or of a host name in its place, with TLS. */
export function encryptedConnector(to: Address, tls: ClientTls, bounds: ConnectBounds): Connector {
  const target = addressKey(to);
  const handshake = {
    over: placeOf(to) as ConnectionOptions,
    host: to.kind === "tcp" ? to.host : undefined,
    tls,
  };
  return {
    target,
    encrypted: true,
    async connect(signal) {
      return SocketStream.wrap(await secure(handshake, { target, ...bounds, signal }), true);
    },
  };
}
