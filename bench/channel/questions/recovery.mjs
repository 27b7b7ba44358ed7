import { setTimeout as sleep } from "node:timers/promises";
import { createStaticResolver } from "millrace/channel";
import { openHttpChannel } from "millrace/http";
import { BalancedPool, Pool, RoundRobinPool } from "undici";
import { number, percent } from "../../proxy/table.mjs";
import { openThree } from "../origins/three.mjs";

/**
 * @typedef {object} Balanced A client of three origins at once.
 * @property {() => Promise<{ status: number, origin: string }>} call
 * @property {(host: string) => boolean} [reaches] whether a call may go there now; of a client that retries, whose
 *   callers do not see it
 * @property {() => Promise<unknown>} close
 *
 * @typedef {object} Call
 * @property {number} at milliseconds since the scene began
 * @property {number} status 0 for an error
 * @property {string} origin who answered
 *
 * @typedef {object} Scene What came after things went wrong.
 * @property {Call[]} calls that began then
 * @property {readonly string[]} asked who was asked, request by request, whether or not a caller saw the answer
 * @property {number} reachedUntil for how long the first origin was still among those that are called, in milliseconds
 */

const callers = 8;

/** @type {Record<string, (three: import("../origins/three.mjs").Three) => Promise<Balanced>>} */
const clients = {
  async "millrace channel"(three) {
    const resolver = createStaticResolver(three.hosts.map((host) => `${host}:${three.port}`));
    const channel = openHttpChannel(`http://backend.test:${three.port}`, { resolver });
    await channel.whenHealthy();
    const call = async () => {
      const { status, body } = await channel.request("GET", "/");
      return { status, origin: await body.text() };
    };
    const reaches = (/** @type {string} */ host) =>
      channel.snapshot().members.some(({ usable, address }) => usable && address.startsWith(`${host}:`));
    return { call, reaches, close: () => channel.close() };
  },
  "undici BalancedPool": async (three) =>
    ofUndici(new BalancedPool(three.hosts.map((host) => `http://${host}:${three.port}`))),
  "undici Pool, the name's addresses in turn": async (three) =>
    ofUndici(new Pool(three.name, three.lookups())),
  "undici RoundRobinPool, the same": async (three) =>
    ofUndici(new RoundRobinPool(three.name, { ...three.lookups(), connections: 9 })),
};

/**
 * What do callers notice of an origin that goes, slows down, or answers 503?
 *
 * @param {{ seconds: number }} setting
 */
export async function recovery({ seconds }) {
  /** @type {Record<string, Record<string, readonly string[]>>} */
  const rows = {};
  for (const [name, open] of Object.entries(clients)) {
    rows[name] = {
      killed: killedCells(await scene(open, seconds, (three) => three.kill()), seconds),
      slow: [percent(share((await scene(open, seconds, (three) => three.slowDown(100))).asked, "a"))],
      failing: failingCells(await scene(open, seconds, (three) => three.fail())),
    };
    process.stderr.write(`  ${name}\n`);
  }
  return {
    table: {
      title: `One origin of three goes wrong under load: ${callers} callers, ${seconds} s from then on`,
      columns: [
        "client",
        "killed: errors",
        "its share 0 after ms",
        "+100 ms: its share",
        "503: errors",
        "its share",
        "after 20 requests",
      ],
      rows: Object.entries(rows).map(([name, { killed, slow, failing }]) => [
        name,
        ...killed,
        ...slow,
        ...failing,
      ]),
      notes: [
        "clients have no retries but the channel's own, which are on by default",
        "a share is 0 from the last call that failed; the channel's, from when the killed one was no member any more",
        "other shares are of the requests that origins heard, those included whose answer a retry replaced",
      ],
    },
    figures: rows,
  };
}

/**
 * @param {(three: import("../origins/three.mjs").Three) => Promise<Balanced>} open
 * @param {number} seconds
 * @param {(three: import("../origins/three.mjs").Three) => void} goWrong
 * @returns {Promise<Scene>}
 */
async function scene(open, seconds, goWrong) {
  const three = await openThree();
  const client = await open(three);
  /** @type {Call[]} */
  const calls = [];
  let since = Infinity;
  let askedBefore = 0;
  let over = false;
  const loops = Array.from({ length: callers }, async () => {
    while (!over) {
      const at = performance.now() - since;
      const { status, origin } = await client.call().catch(() => ({ status: 0, origin: "" }));
      if (at >= 0) calls.push({ at, status, origin });
      await sleep(1);
    }
  });
  await sleep(500);
  since = performance.now();
  askedBefore = three.heard.length;
  goWrong(three);
  let reachedUntil = 0;
  const watching = setInterval(() => {
    if (client.reaches?.(three.hosts[0])) reachedUntil = performance.now() - since;
  }, 1);
  await sleep(seconds * 1_000);
  clearInterval(watching);
  over = true;
  await Promise.all(loops);
  await client.close();
  await three.close();
  return { calls, asked: three.heard.slice(askedBefore), reachedUntil };
}

function killedCells(/** @type {Scene} */ { calls, reachedUntil }, /** @type {number} */ seconds) {
  const errors = calls.filter(({ status }) => status !== 200);
  const last = Math.max(reachedUntil, ...errors.map(({ at }) => at));
  return [number(errors.length), last > seconds * 900 ? `not within ${seconds} s` : number(last)];
}

function failingCells(/** @type {Scene} */ { calls, asked }) {
  const errors = calls.filter(({ status }) => status !== 200);
  return [number(errors.length), percent(share(asked, "a")), percent(share(asked.slice(20), "a"))];
}

function share(/** @type {readonly string[]} */ asked, /** @type {string} */ name) {
  return asked.filter((origin) => origin === name).length / asked.length;
}

function ofUndici(/** @type {BalancedPool | Pool} */ pool) {
  return {
    async call() {
      const { statusCode, body } = await pool.request({ path: "/", method: "GET" });
      return { status: statusCode, origin: await body.text() };
    },
    close: () => pool.close(),
  };
}
