import { once } from "node:events";
import { connect, createServer } from "node:net";

/**
 * @typedef {object} Distance A server as if it were far away.
 * @property {number} port
 * @property {() => void} close
 */

/**
 * Makes the server at `port` of the loopback look `roundTripMs` away: what is sent takes half of that in each direction.
 * A connection is answered at once by the system, so that its first bytes wait for a whole round trip, which is what
 * TCP's handshake would have taken.
 *
 * @param {number} port
 * @param {number} roundTripMs
 * @returns {Promise<Distance>}
 */
export async function openDistance(port, roundTripMs) {
  const sockets = new Set();
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    const connectedAt = performance.now() + roundTripMs;
    send(near, far, roundTripMs / 2, connectedAt);
    send(far, near, roundTripMs / 2, connectedAt);
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: /** @type {import("node:net").AddressInfo} */ (server.address()).port,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/**
 * Timers of one length fire in the order they were set, so that bytes keep theirs.
 *
 * @param {import("node:net").Socket} from
 * @param {import("node:net").Socket} to
 * @param {number} takesMs
 * @param {number} notBefore
 */
function send(from, to, takesMs, notBefore) {
  const later = (/** @type {() => void} */ act) => {
    setTimeout(act, takesMs + Math.max(0, notBefore - performance.now()));
  };
  from.on("data", (chunk) => later(() => to.destroyed || to.write(chunk)));
  from.on("close", () => later(() => to.destroy()));
}
