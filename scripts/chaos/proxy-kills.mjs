// Kills managers, new versions and workers of a proxy at random moments of an upgrade, while clients connect all the time.
// What must hold after each round: one generation serves, all others are gone, and nobody was refused.
import { get } from "node:http";
import { seededRandom } from "millrace/base";
import { isAlive, kill, openProxies } from "./proxies.mjs";

/** @typedef {import("./proxies.mjs").StartedProxy} StartedProxy */
/** @typedef {Awaited<ReturnType<typeof openProxies>>} Proxies */

/**
 * What is killed, and when: `at` goes from 0 to 1, over about as long as an upgrade takes. Gives those that must serve in
 * the end if they can, the best first.
 * @type {Record<string, (proxies: Proxies, serving: StartedProxy, at: number) => Promise<StartedProxy[]>>}
 */
const deeds = {
  async "the manager, while a new one starts"({ start }, serving, at) {
    const next = start();
    await pause(at * upgradeMs);
    serving.child.kill("SIGKILL");
    return [next];
  },
  async "the manager, right before a new one starts"({ start }, serving, at) {
    serving.child.kill("SIGKILL");
    await pause(at * 200);
    return [start()];
  },
  async "a new one, while it starts or is on probation"({ start }, serving, at) {
    const next = start();
    // Once it has passed its probation, nobody is left to serve instead.
    const late = next.ready.then(() => pause(at * (probationMs - 100))).catch(() => undefined);
    await Promise.race([pause(at * (upgradeMs + probationMs)), late]);
    next.child.kill("SIGKILL");
    await next.exited;
    return [serving];
  },
  async "the second of three, while the third starts"({ start }, serving, at) {
    const second = start();
    await second.ready;
    const third = start();
    await pause(at * upgradeMs);
    second.child.kill("SIGKILL");
    return [third, serving];
  },
  async "a worker of the old one, while a new one starts"({ start }, serving, at) {
    const next = start();
    await pause(at * upgradeMs);
    kill(serving.workers()[0] ?? 0, "SIGKILL");
    return [next, serving];
  },
  async "a worker of the new one, while it starts or is on probation"({ start }, serving, at) {
    const next = start();
    await pause(at * (upgradeMs + probationMs));
    for (const pid of next.workers().slice(0, 1)) kill(pid, "SIGKILL");
    return [next, serving];
  },
};

const probationMs = 300;
/** A little more than a start takes on a machine that has other things to do. */
const upgradeMs = 1_200;
const settleMs = 20_000;

/**
 * Makes so many rounds. The same seed does the same at the same moments, as far as the machine does.
 *
 * @param {{ rounds: number, seed: number, names?: readonly string[], say?: (line: string) => void }} options
 */
export async function killProxies({ rounds, seed, names = Object.keys(deeds), say = () => undefined }) {
  const random = seededRandom(seed);
  const proxies = await openProxies({ drain: "1s", handoff: { probation: `${probationMs}ms` } });
  let serving = proxies.start();
  await serving.ready;
  const clients = startClients(proxies.port);
  /** @type {string[]} */
  const faults = [];
  /** @type {Map<string, number>} */
  const outcomes = new Map();
  for (let round = 0; round < rounds; round += 1) {
    const name = names[Math.floor(random() * names.length)] ?? "";
    const at = random();
    const began = performance.now();
    const wanted = (await deeds[name]?.(proxies, serving, at)) ?? [];
    const served = await firstToServe(wanted);
    const refused = await reasons(wanted);
    const outcome = served === wanted[0] ? "as wanted" : served ? "the older one serves" : "nobody serves";
    outcomes.set(`${name}: ${outcome}`, (outcomes.get(`${name}: ${outcome}`) ?? 0) + 1);
    const tookMs = Math.round(performance.now() - began);
    say(
      `${round} ${at.toFixed(3)} ${name}: ${outcome}${refused.map((why) => `; ${why}`).join("")}; ${tookMs} ms`,
    );
    serving = served ?? proxies.start();
    if (!served)
      await serving.ready.catch((error) =>
        faults.push(`round ${round}: nobody can take over: ${error.message}`),
      );
    const unsettled = await settle(proxies, serving);
    if (unsettled) faults.push(`round ${round}, ${name} at ${at.toFixed(3)}: ${unsettled}`);
    if (faults.length > 2) break;
  }
  const { answered, broken, refusals } = await clients.stop();
  await proxies.close();
  return { answered, broken, refusals, faults, outcomes };
}

/** The first of `wanted` that comes to serve, and goes on. @param {readonly StartedProxy[]} wanted */
async function firstToServe(wanted) {
  for (const proxy of wanted) {
    const served = await proxy.ready.then(
      () => true,
      () => false,
    );
    // On probation it may still be given up.
    if (served) await pause(probationMs + 200);
    if (served && proxy.child.exitCode === null && proxy.child.signalCode === null) return proxy;
  }
  return undefined;
}

/** Why those have ended that have failed by themselves. @param {readonly StartedProxy[]} proxies */
async function reasons(proxies) {
  const ended = proxies.filter(({ child }) => child.exitCode !== null && child.exitCode > 0);
  const settled = await Promise.allSettled(ended.map(({ ready }) => ready));
  return settled.flatMap((one) =>
    one.status === "rejected" ? [/** @type {Error} */ (one.reason).message] : [],
  );
}

/**
 * Waits until only `serving` and its workers live, and everybody who asks is told so. Gives what is not so in time.
 * @param {Proxies} proxies @param {StartedProxy} serving
 */
async function settle(proxies, serving) {
  const deadline = performance.now() + settleMs;
  for (;;) {
    const wrong = await unsettled(proxies, serving);
    if (!wrong || performance.now() > deadline) return wrong;
    await pause(50);
  }
}

/** @param {Proxies} proxies @param {StartedProxy} serving */
async function unsettled({ all, status }, serving) {
  const others = all.filter((one) => one !== serving);
  const left = others.flatMap(({ child, workers }) => [child.pid ?? 0, ...workers()]).filter(isAlive);
  if (left.length > 0) return `${left.length} processes of other generations are left`;
  if (serving.workers().filter(isAlive).length !== 2) return "it has not two workers";
  const { generations } = await status().catch(() => ({ generations: [] }));
  const told = generations.map(
    ({ pid, phase }) => `${phase}${pid === serving.child.pid ? "" : " by another"}`,
  );
  return told.join() === "serving" ? undefined : `status tells: ${told.join(", ") || "nothing"}`;
}

/** Calls on new connections, and on one that is kept alive, until it is told to stop. @param {number} port */
function startClients(port) {
  let answered = 0;
  let broken = 0;
  /** @type {string[]} */
  const refusals = [];
  let stopped = false;
  const run = async () => {
    while (!stopped) {
      try {
        await call(port);
        answered += 1;
      } catch (error) {
        const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
        // What a killed process had begun is lost with it.
        if (code === "ECONNRESET") broken += 1;
        else refusals.push(message);
      }
      await pause(5);
    }
  };
  const running = [run(), run(), run()];
  return {
    async stop() {
      stopped = true;
      await Promise.all(running);
      return { answered, broken, refusals };
    },
  };
}

/** @param {number} port */
function call(port) {
  return new Promise((/** @type {(value: void) => void} */ resolve, reject) => {
    const sent = get({ port, host: "127.0.0.1", agent: false }, (response) => {
      response.resume().once("error", reject);
      response.once("end", () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`status ${response.statusCode}`));
      });
    });
    sent.setTimeout(10_000, () => sent.destroy(new Error("no answer within 10 s")));
    sent.once("error", reject);
  });
}

function pause(/** @type {number} */ ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
