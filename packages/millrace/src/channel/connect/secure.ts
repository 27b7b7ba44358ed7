import { type ConnectionOptions, connect as connectSocket, type TLSSocket } from "node:tls";
import { tell } from "../../service/fault.js";
import { type ClientTls, handshakeOptions, type TlsHandshake } from "../tls/client-tls.js";
import { type AttemptBounds, settleConnect } from "./attempt.js";
import { keepAliveAfterMs } from "./plain.js";

/** Whom to shake hands with, over what. */
export interface Handshake {
  /** Where to connect to, or the socket that is connected already. */
  readonly over: ConnectionOptions;
  /** Host that was asked for; `undefined` for a unix socket. */
  readonly host: string | undefined;
  readonly tls: ClientTls;
}

/**
 * Makes a socket of TLS, going on with the session of the last one to the same target.
 *
 * @throws MillraceError as {@link settleConnect} does
 */
export async function secure({ over, host, tls }: Handshake, bounds: AttemptBounds): Promise<TLSSocket> {
  const { target } = bounds;
  const context = tls.context();
  const session = tls.sessions.find(target, context);
  const settings = { ...over, ...handshakeOptions(tls, host, context) };
  const socket = connectSocket(session ? { ...settings, session } : settings);
  socket.allowHalfOpen = true;
  socket.on("session", (fresh: Buffer) => tls.sessions.keep(target, context, fresh));
  try {
    await settleConnect(socket, "secureConnect", bounds);
  } catch (error) {
    tls.sessions.drop(target);
    throw error;
  }
  // Node heeds these among the options of plain sockets only.
  if (!over.socket) socket.setNoDelay(true).setKeepAlive(true, keepAliveAfterMs);
  if (tls.onHandshake) tell("tls.onHandshake", tls.onHandshake, handshakeOf(socket, target));
  return socket;
}

function handshakeOf(socket: TLSSocket, target: string): TlsHandshake {
  const { standardName: cipher } = socket.getCipher();
  return { target, protocol: socket.getProtocol() ?? "", cipher, resumed: socket.isSessionReused() };
}
