// An HTTP/1.1 server and a client of it: any service can be served, and a pool of connections is a service.
import { createServer as createListener } from "node:net";
import { createTcpConnector, openConnectionPool } from "millrace/channel";
import { createContext, fromFunction } from "millrace/service";
import { BytesBody, createServer, emptyBody, Fields, readAll, reasonOf } from "millrace/wire";

const echo = fromFunction(async (/** @type {import("millrace/wire").HttpRequest} */ request) => {
  const content = Buffer.from(await readAll(request.body, 1_000_000)).toString();
  const text = `${request.method} ${request.target.path} ${content}`.trim();
  return {
    status: 200,
    reason: reasonOf(200),
    fields: Fields.from([["Content-Type", "text/plain"]]),
    body: BytesBody.ofText(text),
  };
});

// The caller owns the listener and decides where it listens; the server speaks HTTP on what it accepts.
const server = createServer(echo, { timeouts: { idleMs: 10_000 } });
const listener = createListener({ allowHalfOpen: true, pauseOnConnect: true });
server.attach(listener);
await new Promise((resolve) => listener.listen(0, "127.0.0.1", () => resolve(undefined)));
const { port } = /** @type {import("node:net").AddressInfo} */ (listener.address());

const pool = openConnectionPool({
  connector: createTcpConnector({ host: "127.0.0.1", port, timeoutMs: 2_000 }),
  maxConnections: 4,
});

/** @returns {import("millrace/wire").HttpRequest} */
const request = (/** @type {string} */ method, /** @type {string} */ path, body = "") => ({
  method,
  target: { form: "origin", path, authority: `127.0.0.1:${port}`, scheme: "http" },
  minorVersion: 1,
  fields: new Fields(),
  body: body === "" ? emptyBody : BytesBody.ofText(body),
});

for (const one of [request("GET", "/a?b=c"), request("POST", "/orders", "two of them")]) {
  const response = await pool.call(one, createContext());
  console.log(`${response.status}: ${Buffer.from(await readAll(response.body)).toString()}`);
}
console.log(`connections: ${pool.open} open, ${pool.idle} idle`);

// Twenty calls at once share four connections; the rest wait in line.
const answers = await Promise.all(
  Array.from({ length: 20 }, (_, index) => pool.call(request("GET", `/${index}`), createContext())),
);
console.log(`${answers.length} answers over ${server.accepted} connections`);

// Who opens, closes.
await pool.close();
await server.close(1_000);
