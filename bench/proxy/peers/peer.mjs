import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { launch } from "../launch.mjs";
import { untilListening } from "../ports.mjs";
import { processTree } from "../process-tree.mjs";

/** nginx listens before it has forked its worker. */
const forkMs = 300;

const collectOnSignal = fileURLToPath(new URL("collect-on-signal.cjs", import.meta.url));

/**
 * @typedef {object} StartOptions
 * @property {number} listenPort
 * @property {number} adminPort for a peer that has one
 * @property {readonly { port: number }[]} origins
 * @property {string} directory an existing one, of its own, for what it writes
 * @property {number | undefined} cpu the core to stay on
 * @property {boolean} [collectable] whether Node peers are to collect garbage at SIGPWR
 * @property {Rescue} [rescue] absent: one try for each request, no checks
 */

/**
 * What a peer does about origins that fail.
 *
 * @typedef {object} Rescue
 * @property {number} attemptTimeoutMs longest wait for a connection, and for a response head
 * @property {number} retries tries after the first
 * @property {number} checkEveryMs interval of health checks, where the peer has them
 */

/**
 * @typedef {object} RunningPeer
 * @property {number[]} pids every process of it: what its CPU time is summed over
 * @property {number} workerPid the one that carries the traffic
 * @property {() => Promise<void>} stop
 */

/**
 * @typedef {object} Peer
 * @property {string} name
 * @property {boolean} node whether it runs on Node
 * @property {boolean} rescues whether it can retry on another origin
 * @property {() => string | undefined} missing what has to be done before it can start
 * @property {(options: StartOptions) => Promise<RunningPeer>} start
 */

/**
 * Runs a command as a peer, and resolves once it accepts connections.
 *
 * @param {readonly string[]} command
 * @param {StartOptions} options
 * @param {(launched: import("../launch.mjs").Launched) => Promise<void>} [ready]
 * @returns {Promise<RunningPeer>}
 */
export async function startPeer(
  command,
  options,
  ready = (launched) => untilListening(options.listenPort, launched),
) {
  const env = options.collectable ? { NODE_OPTIONS: `--require ${collectOnSignal}` } : {};
  const launched = launch(command, { cpu: options.cpu, env });
  await ready(launched);
  await sleep(forkMs);
  const pids = processTree(launched.pid);
  return {
    pids,
    workerPid: pids[pids.length - 1],
    async stop() {
      await launched.stop();
      await rm(options.directory, { recursive: true, force: true });
    },
  };
}
