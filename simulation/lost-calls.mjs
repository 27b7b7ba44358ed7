import { simulate } from "millrace/testing";
import { reportSeed, simulationOf } from "./run.mjs";
import { scenarios } from "./scenarios.mjs";

/**
 * A call that was answered badly.
 *
 * @typedef {object} LostCall
 * @property {number} client number of the client, from 0
 * @property {number} sentMs when it was sent, in milliseconds since the start
 * @property {number} place which one it was, from 1, of those that its client sent since `fromMs`; 0 before
 * @property {number} status what its server said
 * @property {string} server which server that was
 */

/** @typedef {import("millrace/testing").SimulatedService} SimulatedService */

/**
 * The calls that one strategy lost in a scenario, in the order of their clients.
 *
 * @returns {Promise<readonly LostCall[]>}
 */
export async function lostCalls(
  /** @type {import("./scenarios.mjs").Scenario} */ scenario,
  /** @type {string} */ strategy,
  { fromMs = 0, seed = reportSeed } = {},
) {
  const options = simulationOf(scenario, strategy, seed);
  /** @type {LostCall[]} */
  const lost = [];
  await simulate({
    ...options,
    client: (parts) => {
      const client = options.client(parts);
      let place = 0;
      return watched(client, async (request, context) => {
        const sentMs = parts.clock.now();
        if (sentMs >= fromMs) place += 1;
        const here = place;
        const response = await client.call(request, context);
        const { status, server } = response;
        if (status >= 300) lost.push({ client: request.client, sentMs, place: here, status, server });
        return response;
      });
    },
  });
  return lost.sort((a, b) => a.client - b.client || a.sentMs - b.sentMs);
}

/** What the strategies with limits lose in the short outage of the report, which begins after 30 s. */
export async function outageLosses() {
  const outage = scenarios().find(({ name }) => name === "short_outage_on_one_node");
  if (!outage) throw new Error("there is no short outage");
  const lost = (/** @type {string} */ strategy) => lostCalls(outage, strategy, { fromMs: 30_000 });
  return { adaptive: await lost("adaptive"), balanced: await lost("balanced"), pinned: await lost("pinned") };
}

/** `client`, called by way of `call`. */
function watched(
  /** @type {SimulatedService & Disposable} */ client,
  /** @type {SimulatedService["call"]} */ call,
) {
  return {
    get ready() {
      return client.ready;
    },
    whenReady: (/** @type {AbortSignal} */ signal) => client.whenReady(signal),
    call,
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}
