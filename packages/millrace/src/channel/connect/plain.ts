import { connect as connectSocket, type NetConnectOpts } from "node:net";
import type { Clock } from "../../base/clock.js";
import { SocketStream } from "../../wire/stream/socket-stream.js";
import { type Address, addressKey } from "../resolve/address.js";
import { settleConnect } from "./attempt.js";
import type { Connector } from "./connector.js";

/** How long an attempt to connect may take, and by which clock. */
export interface ConnectBounds {
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** Makes the connector of an address, or of a host name in its place, without TLS. */
export function plainConnector(to: Address, bounds: ConnectBounds): Connector {
  const target = addressKey(to);
  const place = placeOf(to);
  return {
    target,
    encrypted: false,
    async connect(signal) {
      const stream = SocketStream.connect((onread) => connectSocket({ ...place, onread }));
      await settleConnect(stream.socket, "connect", { target, ...bounds, signal });
      return stream;
    },
  };
}

/** The kernel asks whether a silent peer is still there after so long, in milliseconds; its own default is two hours. */
export const keepAliveAfterMs = 180_000;

/** What Node needs to connect to `to`: without Nagle's delay, kept alive, half open when the peer ends. */
export function placeOf(to: Address): NetConnectOpts {
  if (to.kind === "unix") return { path: to.path, allowHalfOpen: true };
  const { host, port } = to;
  return {
    ...{ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveAfterMs },
    ...{ allowHalfOpen: true, autoSelectFamily: true },
  };
}
