import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { openHttpChannel } from "millrace/http";
import { Pool } from "undici";
import { median } from "../../proxy/figures.mjs";
import { number } from "../../proxy/table.mjs";
import { cert, key } from "../origins/certificate.mjs";
import { openDistance } from "../origins/distance.mjs";

/** How far away the far origin is: a neighbouring region, say. */
const roundTripMs = 20;

/** @typedef {{ call: () => Promise<unknown>, close: () => Promise<unknown> }} Client */

/** @type {Record<string, (url: string) => Promise<Client>>} */
const clients = {
  async "millrace channel, healthy"(url) {
    const channel = openHttpChannel(url, { tls: tlsOf(url) });
    await channel.whenHealthy();
    // The system takes connections at once that the relay still holds back.
    await sleep(2 * roundTripMs);
    return ofChannel(channel);
  },
  "millrace channel, just opened": async (url) => ofChannel(openHttpChannel(url, { tls: tlsOf(url) })),
  async "undici Pool"(url) {
    const pool = new Pool(url, { connect: { ca: cert } });
    const call = async () => (await pool.request({ path: "/", method: "GET" })).body.text();
    return { call, close: () => pool.close() };
  },
};

/**
 * What does the first request of a client take, over TCP and over TLS, near and far? Every round has fresh clients; the
 * code is warm.
 *
 * @param {{ rounds: number }} setting
 */
export async function first({ rounds }) {
  const origins = await openOrigins();
  const count = 10 * rounds;
  /** @type {Record<string, Record<string, { firstMs: number, laterMs: number }>>} */
  const figures = {};
  for (const [name, open] of Object.entries(clients)) {
    figures[name] = {};
    for (const [where, url] of Object.entries(origins.urls)) {
      figures[name][where] = await figuresOf(() => open(url), count);
    }
    process.stderr.write(`  ${name}\n`);
  }
  origins.close();
  return {
    table: {
      title: `The first request, and one of the 10 after it, in ms: medians of ${count} clients`,
      columns: ["client", ...Object.keys(origins.urls).flatMap((where) => [`${where}: first`, "later"])],
      rows: Object.entries(figures).map(([name, found]) => [
        name,
        ...Object.values(found).flatMap(({ firstMs, laterMs }) => [number(firstMs, 2), number(laterMs, 2)]),
      ]),
      notes: [
        `${roundTripMs} ms away: a relay holds what is sent back for half of that in each direction, and a new connection's first bytes for a whole round trip, as TCP's handshake would`,
        "a healthy channel has made its connections, and their handshakes, before anybody calls",
      ],
    },
    figures,
  };
}

/** Both origins, each as it is and from afar. */
async function openOrigins() {
  const plain = createServer((_request, response) => void response.end("ok"));
  const encrypted = createTlsServer({ cert, key }, (_request, response) => void response.end("ok"));
  const ports = [];
  for (const server of [plain, encrypted]) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    ports.push(/** @type {import("node:net").AddressInfo} */ (server.address()).port);
  }
  const distances = await Promise.all(ports.map((port) => openDistance(port, roundTripMs)));
  return {
    urls: {
      http: `http://127.0.0.1:${ports[0]}`,
      https: `https://127.0.0.1:${ports[1]}`,
      [`http, ${roundTripMs} ms away`]: `http://127.0.0.1:${distances[0].port}`,
      [`https, ${roundTripMs} ms away`]: `https://127.0.0.1:${distances[1].port}`,
    },
    close() {
      for (const distance of distances) distance.close();
      for (const server of [plain, encrypted]) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

/** @param {() => Promise<Client>} open @param {number} count */
async function figuresOf(open, count) {
  const warmUps = 5;
  const firsts = [];
  const laters = [];
  for (let round = 0; round < count + warmUps; round += 1) {
    const { call, close } = await open();
    const start = performance.now();
    await call();
    const answered = performance.now();
    for (let times = 0; times < 10; times += 1) await call();
    if (round >= warmUps) {
      firsts.push(answered - start);
      laters.push((performance.now() - answered) / 10);
    }
    await close();
  }
  return { firstMs: median(firsts), laterMs: median(laters) };
}

function tlsOf(/** @type {string} */ url) {
  return url.startsWith("https:") && { ca: cert };
}

/** @returns {Client} */
function ofChannel(/** @type {import("millrace/http").HttpChannel} */ channel) {
  return {
    call: async () => (await channel.request("GET", "/")).body.text(),
    close: () => channel.close(),
  };
}
