// A WebSocket through the proxy's engine. Both ends are written by hand here, so that it needs no package:
// a server of a few lines, and a client that upgrades and sends one frame.
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, request } from "node:http";
import { createServer as createListener } from "node:net";
import { createTcpConnector, openConnectionPool } from "millrace/channel";
import { createServer as createHttpServer } from "millrace/wire";

/** @typedef {import("node:net").AddressInfo} AddressInfo */

// A server that agrees to a WebSocket and sends back what it gets, byte for byte unmasked.
const origin = createServer().on("upgrade", (asked, socket) => {
  const accept = createHash("sha1").update(`${asked.headers["sec-websocket-key"]}${guid}`).digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.on("data", (frame) => socket.write(textFrame(payloadOf(frame))));
  socket.on("end", () => socket.end());
});
const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const originPort = await listen(origin);

// The shortest proxy there is: a server whose service is a pool of connections. It adds no fields and
// drops none; `millrace proxy` has layers for that.
const pool = openConnectionPool({ connector: createTcpConnector({ host: "127.0.0.1", port: originPort }) });
const proxy = createHttpServer(pool);
const listener = createListener({ allowHalfOpen: true, pauseOnConnect: true });
proxy.attach(listener);
const port = await listen(listener);

const asking = request({
  port,
  host: "127.0.0.1",
  headers: {
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
    "Sec-WebSocket-Version": "13",
  },
});
asking.end();
const [response, socket] = await once(asking, "upgrade");
console.log(`switched to ${response.headers.upgrade}`);

socket.write(maskedTextFrame("hello through the tunnel"));
const [frame] = await once(socket, "data");
console.log(`echo: ${payloadOf(frame)}`);

socket.end();
await once(socket, "close");
console.log("closed");
await proxy.close(1_000);
await pool.close();
origin.close();

/** @returns {Promise<number>} */
async function listen(/** @type {import("node:net").Server} */ server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return /** @type {AddressInfo} */ (server.address()).port;
}

/** A text frame of up to 125 bytes (RFC 6455 §5.2). */
function textFrame(/** @type {string} */ text) {
  return Buffer.concat([Buffer.from([0x81, Buffer.byteLength(text)]), Buffer.from(text)]);
}

/** The same as a client must send it, masked. */
function maskedTextFrame(/** @type {string} */ text) {
  const mask = randomBytes(4);
  const masked = Buffer.from(text).map((byte, index) => byte ^ mask[index % 4]);
  return Buffer.concat([Buffer.from([0x81, 0x80 | masked.length]), mask, masked]);
}

function payloadOf(/** @type {Buffer} */ frame) {
  const length = frame[1] & 0x7f;
  if ((frame[1] & 0x80) === 0) return frame.subarray(2, 2 + length).toString();
  const mask = frame.subarray(2, 6);
  return frame
    .subarray(6, 6 + length)
    .map((byte, index) => byte ^ mask[index % 4])
    .toString();
}
