import type { IncomingMessage, OutgoingMessage, ServerResponse } from "node:http";
import type { Server, Socket } from "node:net";

/** A socket of `node:http`, which knows the response that it carries. */
interface HttpSocket extends Socket {
  readonly _httpMessage?: OutgoingMessage | null;
}

/**
 * Ends each HTTP/1.1 connection with its next response: `Connection: close` tells the client, which then makes a new
 * connection, to whoever accepts by then.
 *
 * Idle connections are not closed: the client may just be sending, and a connection that closes under a request fails it.
 * Responses whose head has left already keep their promise; the request after them is the last.
 */
export function retireHttp1(server: Server, sockets: readonly Socket[]): Disposable {
  for (const socket of sockets) {
    const { _httpMessage: response } = socket as HttpSocket;
    if (response && !response.headersSent) response.shouldKeepAlive = false;
  }
  const events = ["request", "checkContinue", "checkExpectation"];
  for (const event of events) server.prependListener(event, makeLast);
  return {
    [Symbol.dispose]() {
      for (const event of events) server.off(event, makeLast);
    },
  };
}

/** Responses of HTTP/2 have no such property, and none is given to them. */
function makeLast(_request: IncomingMessage, response: ServerResponse): void {
  if ("shouldKeepAlive" in response) response.shouldKeepAlive = false;
}
