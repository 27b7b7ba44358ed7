import type { ServerHttp2Session } from "node:http2";
import type { Server } from "node:net";
import type { Clock } from "../../base/clock.js";

const followed = new WeakMap<Server, Set<ServerHttp2Session>>();

/** The sessions of an HTTP/2 server, from the first call on. Any other server has none. */
export function sessionsOf(server: Server): ReadonlySet<ServerHttp2Session> {
  const known = followed.get(server);
  if (known) return known;
  const sessions = new Set<ServerHttp2Session>();
  followed.set(server, sessions);
  server.on("session", (session: ServerHttp2Session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  return sessions;
}

/**
 * Sends GOAWAY to every session, in two steps (RFC 9113, 6.8): first one that refuses no stream, so that requests on
 * their way are still served, then, once the client has answered a ping and so has seen it, the one that is final. A
 * client that leaves at the first, as that of Node does, may answer no more: it gets a second.
 */
export function retireHttp2(server: Server, clock: Clock): Disposable {
  const retire = (session: ServerHttp2Session) => goAway(session, clock);
  for (const session of sessionsOf(server)) retire(session);
  server.on("session", retire);
  return { [Symbol.dispose]: () => void server.off("session", retire) };
}

/** How long a client has to answer, in milliseconds. */
const answerMs = 1_000;

const highestStream = 2 ** 31 - 1;
const noError = 0;

function goAway(session: ServerHttp2Session, clock: Clock): void {
  if (session.closed || session.destroyed) return;
  const close = () => {
    late[Symbol.dispose]();
    if (!session.destroyed) session.close();
  };
  const late = clock.schedule(answerMs, close, "upkeep");
  session.goaway(noError, highestStream);
  // Told of an error too, when the session ends first.
  session.ping(close);
}
