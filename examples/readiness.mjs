// A server whose readiness endpoint is unhealthy while the backends it requires are.
import { once } from "node:events";
import { createServer } from "node:http";
import { processHealth } from "millrace/base";
import { openChannel } from "millrace/channel";
import { createFetch } from "millrace/http";

const backend = createServer((request, response) => response.end(`backend: ${request.url}`));
const address = () => /** @type {import("node:net").AddressInfo} */ (backend.address());
backend.listen(0, "127.0.0.1");
await once(backend, "listening");
const { port } = address();

// The channel joins the health of the process under its label. One that is nice to have would not: `signals: false`.
const channel = openChannel(`http://127.0.0.1:${port}`, {
  label: "orders",
  pool: { wanted: 2, backoff: { initialMs: 20 } },
});
const fetchOrders = createFetch(channel, { base: channel.origin });

const server = createServer(async (request, response) => {
  if (request.url === "/ready") {
    const waiting = processHealth.unhealthy.join(", ");
    response
      .writeHead(processHealth.healthy.value ? 200 : 503)
      .end(waiting ? `waiting for ${waiting}` : "OK");
    return;
  }
  response.end(await (await fetchOrders("/orders")).text());
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const own = /** @type {import("node:net").AddressInfo} */ (server.address()).port;

const show = async (/** @type {string} */ path) => {
  const response = await fetch(`http://127.0.0.1:${own}${path}`);
  console.log(`${path}: ${response.status} ${await response.text()}`);
};
const turned = (/** @type {boolean} */ healthy) =>
  new Promise((resolve) => {
    if (processHealth.healthy.value === healthy) resolve(undefined);
    else processHealth.healthy.subscribe((value) => value === healthy && resolve(undefined));
  });

await turned(true);
await show("/ready");
await show("/");

backend.close();
backend.closeAllConnections();
await turned(false);
await show("/ready");

backend.listen(port, "127.0.0.1");
await turned(true);
await show("/ready");

// Who opens, closes.
await channel.close();
server.close();
server.closeAllConnections();
backend.close();
