import type { ServerHttp2Session } from "node:http2";
import type { Server } from "node:net";

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
 * their way are still served, then, once the client has answered a ping and so has seen it, the one that is final.
 */
export function retireHttp2(server: Server): Disposable {
  for (const session of sessionsOf(server)) goAway(session);
  server.on("session", goAway);
  return { [Symbol.dispose]: () => void server.off("session", goAway) };
}

const highestStream = 2 ** 31 - 1;
const noError = 0;

function goAway(session: ServerHttp2Session): void {
  if (session.closed || session.destroyed) return;
  session.goaway(noError, highestStream);
  session.ping(() => {
    if (!session.destroyed) session.close();
  });
}
