import { once } from "node:events";
import { createServer } from "node:http";
import { openHttpChannel } from "millrace/http";
import { Pool } from "undici";
import { median, percentile } from "../../proxy/figures.mjs";
import { number } from "../../proxy/table.mjs";

/**
 * How long does the first request take, and the hundredth? Every round has fresh clients; the code is warm.
 *
 * @param {{ rounds: number }} setting
 */
export async function first({ rounds }) {
  const server = createServer((_request, response) => void response.end("ok")).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const url = `http://127.0.0.1:${port}`;
  /** @type {Record<string, () => Promise<{ call: () => Promise<unknown>, close: () => Promise<unknown> }>>} */
  const clients = {
    async "millrace channel, healthy"() {
      const channel = openHttpChannel(url);
      await channel.whenHealthy();
      return {
        call: async () => (await channel.request("GET", "/")).body.text(),
        close: () => channel.close(),
      };
    },
    async "millrace channel, just opened"() {
      const channel = openHttpChannel(url);
      return {
        call: async () => (await channel.request("GET", "/")).body.text(),
        close: () => channel.close(),
      };
    },
    async "undici Pool"() {
      const pool = new Pool(url);
      const call = async () => (await pool.request({ path: "/", method: "GET" })).body.text();
      return { call, close: () => pool.close() };
    },
  };
  /** @type {Record<string, { firstMs: number, laterMs: number }>} */
  const figures = {};
  for (const [name, open] of Object.entries(clients)) {
    const firsts = [];
    const laters = [];
    for (let round = 0; round < 20 * rounds + 20; round += 1) {
      const { call, close } = await open();
      const start = performance.now();
      await call();
      const firstMs = performance.now() - start;
      const later = performance.now();
      for (let times = 0; times < 20; times += 1) await call();
      if (round >= 20) firsts.push(firstMs);
      if (round >= 20) laters.push((performance.now() - later) / 20);
      await close();
    }
    figures[name] = {
      firstMs: percentile(
        firsts.sort((a, b) => a - b),
        50,
      ),
      laterMs: median(laters),
    };
  }
  server.close();
  return {
    table: {
      title: `The first request and the 20 after it, over plain TCP on the loopback: medians of ${20 * rounds} clients`,
      columns: ["client", "first ms", "later ms"],
      rows: Object.entries(figures).map(([name, { firstMs, laterMs }]) => [
        name,
        number(firstMs, 3),
        number(laterMs, 3),
      ]),
      notes: ["on a network a connection costs one round trip more, and TLS two"],
    },
    figures,
  };
}
