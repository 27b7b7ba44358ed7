import { setTimeout as sleep } from "node:timers/promises";
import { createDnsResolver } from "millrace/channel";
import { openHttpChannel } from "millrace/http";
import { Agent, BalancedPool, interceptors, Pool, RoundRobinPool } from "undici";
import { number, percent } from "../../proxy/table.mjs";
import { openNameServer } from "../origins/dns.mjs";
import { openThree } from "../origins/three.mjs";

/**
 * @typedef {object} Named
 * @property {string} host
 * @property {number} port
 * @property {string} url
 * @property {import("../origins/dns.mjs").NameServer} dns
 *
 * @typedef {{ call: () => Promise<string>, close: () => Promise<unknown> }} Client
 */

/** The least that our resolver relies on an answer by default. */
const ttlSeconds = 10;
const afterwardsSeconds = ttlSeconds + 3;
const callers = 2;

/** @type {Record<string, (named: Named) => Promise<Client> | Client>} */
const clients = {
  async "millrace channel"({ host, port, url, dns }) {
    const resolver = createDnsResolver({ host, port, servers: [dns.address] });
    const channel = openHttpChannel(url, { resolver });
    await channel.whenHealthy();
    return {
      call: async () => (await channel.request("GET", "/")).body.text(),
      close: () => channel.close(),
    };
  },
  "undici Agent, its dns interceptor": ({ url, dns }) => {
    // Its type says that it is given a name; it is given a URL.
    const lookup = (/** @type {any} */ { hostname }, /** @type {unknown} */ _, /** @type {any} */ done) =>
      dns.lookup(hostname, { all: true }, done);
    const agent = new Agent().compose(interceptors.dns({ maxTTL: ttlSeconds * 1_000, lookup }));
    const call = async () => (await agent.request({ origin: url, path: "/", method: "GET" })).body.text();
    return { call, close: () => agent.close() };
  },
  "undici Pool": ({ url, dns }) => ofUndici(new Pool(url, { connect: { lookup: dns.lookup } })),
  "undici Pool, clientTtl of the TTL": ({ url, dns }) =>
    ofUndici(new Pool(url, { connect: { lookup: dns.lookup }, clientTtl: ttlSeconds * 1_000 })),
  "undici BalancedPool": ({ url, dns }) =>
    ofUndici(new BalancedPool(url, { connect: { lookup: dns.lookup } })),
  "undici RoundRobinPool": ({ url, dns }) =>
    ofUndici(new RoundRobinPool(url, { connect: { lookup: dns.lookup }, connections: 3 })),
};

/** How long do calls go to the address that a name had, when it has another? Both servers stay up. */
export async function flip() {
  const three = await openThree();
  const [before, after] = three.hosts;
  const dns = await openNameServer(before, ttlSeconds);
  const host = "backend.test";
  const named = { host, port: three.port, url: `http://${host}:${three.port}`, dns };
  let over = false;
  let since = Infinity;
  const watched = await Promise.all(
    Object.entries(clients).map(async ([name, open]) => {
      const client = await open(named);
      /** @type {{ at: number, origin: string }[]} */
      const calls = [];
      const loops = Array.from({ length: callers }, async () => {
        while (!over) {
          const at = performance.now() - since;
          const origin = await client.call().catch(() => "");
          if (at >= 0) calls.push({ at, origin });
          await sleep(10);
        }
      });
      return { name, client, calls, loops };
    }),
  );
  await sleep(1_000);
  dns.say(after);
  since = performance.now();
  await sleep(afterwardsSeconds * 1_000);
  over = true;
  await Promise.all(watched.flatMap(({ loops }) => loops));
  await Promise.all(watched.map(({ client }) => client.close()));
  dns.close();
  await three.close();
  const figures = Object.fromEntries(watched.map(({ name, calls }) => [name, followed(calls)]));
  return { table: flipTable(figures), figures };
}

/**
 * @typedef {{ lastSeconds: number, share: number, errors: number }} Followed
 * @returns {Followed}
 */
function followed(/** @type {{ at: number, origin: string }[]} */ calls) {
  const old = calls.filter(({ origin }) => origin === "a");
  return {
    lastSeconds: Math.max(0, ...old.map(({ at }) => at)) / 1_000,
    share: old.length / calls.length,
    errors: calls.filter(({ origin }) => origin === "").length,
  };
}

/**
 * @param {Record<string, Followed>} figures
 * @returns {import("../../proxy/table.mjs").Table}
 */
function flipTable(figures) {
  return {
    title: `A name of a TTL of ${ttlSeconds} s gets another address: ${callers} callers, ${afterwardsSeconds} s from then on`,
    columns: ["client", "last call to the old one, s", "its share", "errors"],
    rows: Object.entries(figures).map(([name, { lastSeconds, share, errors }]) => [
      name,
      lastSeconds > afterwardsSeconds - 1 ? `not within ${afterwardsSeconds}` : number(lastSeconds, 1),
      percent(share),
      number(errors),
    ]),
    notes: [
      "both servers stay up, and all clients ask one DNS server on the loopback: the channel by its resolver, undici's interceptor and connectors by `lookup`",
    ],
  };
}

function ofUndici(/** @type {BalancedPool | Pool} */ pool) {
  return {
    call: async () => (await pool.request({ path: "/", method: "GET" })).body.text(),
    close: () => pool.close(),
  };
}
