import { simulate } from "millrace/testing";
import { reportSeed, simulationOf } from "./run.mjs";

/**
 * A call that was answered badly.
 *
 * @typedef {object} LostCall
 * @property {number} client number of the client, from 0
 * @property {number} sentMs when it was sent, in milliseconds since the start
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
  seed = reportSeed,
) {
  const options = simulationOf(scenario, strategy, seed);
  /** @type {LostCall[]} */
  const lost = [];
  await simulate({
    ...options,
    client: (parts) => {
      const client = options.client(parts);
      return watched(client, async (request, context) => {
        const sentMs = parts.clock.now();
        const response = await client.call(request, context);
        const { status, server } = response;
        if (status >= 300) lost.push({ client: request.client, sentMs, status, server });
        return response;
      });
    },
  });
  return lost.sort((a, b) => a.client - b.client || a.sentMs - b.sentMs);
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
