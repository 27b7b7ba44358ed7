import { connect } from "node:net";

/**
 * The least a client can cost in JavaScript: bytes out, bytes in, nothing understood.
 *
 * @type {import("./index.mjs").Contender}
 */
export const socketLoop = {
  name: "bare sockets",
  async open(url, connections) {
    const { port, host, pathname } = new URL(url);
    const request = `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    const free = await Promise.all(Array.from({ length: connections }, () => openSocket(Number(port))));
    const all = [...free];
    return {
      call: () =>
        new Promise((resolve) => {
          const line = /** @type {Line} */ (free.pop());
          line.answered = (text) => {
            free.push(line);
            resolve(text);
          };
          line.socket.write(request, "latin1");
        }),
      close: () => void all.map(({ socket }) => socket.destroy()),
    };
  },
};

/**
 * @typedef {{ socket: import("node:net").Socket, answered: (text: string) => void }} Line
 * @returns {Promise<Line>}
 */
function openSocket(/** @type {number} */ port) {
  return new Promise((resolve, reject) => {
    const buffer = Buffer.alloc(65_536);
    const socket = connect({
      port,
      host: "127.0.0.1",
      noDelay: true,
      onread: {
        buffer,
        callback(length) {
          line.answered(buffer.toString("latin1", length - 16, length));
          return true;
        },
      },
    });
    /** @type {Line} */
    const line = { socket, answered: () => {} };
    socket.once("connect", () => resolve(line));
    socket.once("error", reject);
  });
}
