import { freePorts } from "../ports.mjs";
import { scratchDirectory } from "../scratch.mjs";

/**
 * @typedef {object} Setting
 * @property {readonly import("../peers/peer.mjs").Peer[]} peers
 * @property {import("../environment.mjs").Cores} cores
 * @property {number} seconds
 * @property {number} rounds
 * @property {(line: string) => void} progress
 */

/**
 * @typedef {object} Outcome
 * @property {readonly import("../table.mjs").Table[]} tables
 * @property {unknown} figures everything that was measured, for the JSON file
 */

/** @typedef {(setting: Setting) => Promise<Outcome>} Question */

/** @typedef {import("../peers/peer.mjs").RunningPeer & { name: string, node: boolean, port: number }} Contestant */

/**
 * Starts a peer on ports of its own. Undefined when it does not start: the
 * reason goes to `progress`, and the others go on without it.
 *
 * @param {import("../peers/peer.mjs").Peer} peer
 * @param {Setting} setting
 * @param {Pick<import("../peers/peer.mjs").StartOptions, "origins" | "collectable" | "rescue">} options
 * @returns {Promise<Contestant | undefined>}
 */
export async function enter(peer, { cores, progress }, options) {
  const [listenPort, adminPort] = await freePorts(2);
  const directory = await scratchDirectory();
  try {
    const running = await peer.start({ ...options, listenPort, adminPort, directory, cpu: cores.proxy });
    return { ...running, name: peer.name, node: peer.node, port: listenPort };
  } catch (error) {
    progress(`${peer.name} is left out: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

/**
 * Starts all peers of the setting with the same options, one after another.
 *
 * @param {Setting} setting
 * @param {Parameters<typeof enter>[2]} options
 */
export async function enterAll(setting, options) {
  const contestants = [];
  for (const peer of setting.peers) {
    const contestant = await enter(peer, setting, options);
    if (contestant !== undefined) contestants.push(contestant);
  }
  return contestants;
}

/** Stops contestants and origins, all of them even if one fails to. */
export async function stopAll(/** @type {readonly { stop(): Promise<void> }[]} */ running) {
  await Promise.allSettled(running.map((each) => each.stop()));
}
