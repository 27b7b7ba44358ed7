import { Server as HttpServer } from "node:http";
import { Server as HttpsServer } from "node:https";
import type { Server, Socket } from "node:net";
import type { Clock } from "../../base/clock.js";
import { retireHttp1 } from "./http1.js";
import { retireHttp2, sessionsOf } from "./http2.js";

/** Follows what must be known of a server once it is to retire. To be called before it has connections. */
export function watchServer(server: Server): void {
  if (!isHttp1(server)) sessionsOf(server);
}

/**
 * Has a server ask each of its clients, at the next boundary between requests, to come back on a new connection.
 * Nothing that runs is disturbed. Servers of other protocols than HTTP are left alone. Disposing takes it back.
 */
export function retireServer(server: Server, sockets: readonly Socket[], clock: Clock): Disposable {
  if (isHttp1(server)) return retireHttp1(server, sockets);
  const http1 = retireHttp1(server, sockets);
  const http2 = retireHttp2(server, clock);
  return {
    [Symbol.dispose]() {
      http1[Symbol.dispose]();
      http2[Symbol.dispose]();
    },
  };
}

function isHttp1(server: Server): boolean {
  return server instanceof HttpServer || server instanceof HttpsServer;
}
