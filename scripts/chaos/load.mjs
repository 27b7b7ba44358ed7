// Traffic of every kind that an upgrade could break, made all the time until it is told to stop.
import { Agent, request as httpRequest } from "node:http";
import { connect } from "node:net";

/**
 * @typedef {object} Traffic
 * @property {{ kind: string, at: number, ms: number }[]} answers
 * @property {{ kind: string, at: number, why: string }[]} failures
 * @property {() => Promise<void>} stop
 */

/**
 * Starts callers of each kind. One that fails goes on.
 *
 * @param {number} port
 * @param {Record<string, number>} callers how many of each kind
 * @returns {Traffic}
 */
export function startTraffic(port, callers) {
  /** @type {Traffic["answers"]} */
  const answers = [];
  /** @type {Traffic["failures"]} */
  const failures = [];
  let stopped = false;
  const run = async (/** @type {string} */ kind) => {
    const agent = new Agent({ keepAlive: kind !== "new", maxSockets: 1 });
    while (!stopped) {
      const at = performance.now();
      try {
        await kinds[kind]?.(port, agent);
        answers.push({ kind, at, ms: performance.now() - at });
      } catch (error) {
        failures.push({ kind, at, why: /** @type {Error} */ (error).message });
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    agent.destroy();
  };
  const running = Object.entries(callers).flatMap(([kind, count]) =>
    Array.from({ length: count }, () => run(kind)),
  );
  return {
    answers,
    failures,
    async stop() {
      stopped = true;
      await Promise.all(running);
    },
  };
}

/** @type {Record<string, (port: number, agent: Agent) => Promise<void>>} */
const kinds = {
  kept: (port, agent) => call(port, agent, "/"),
  new: (port, agent) => call(port, agent, "/"),
  slow: (port, agent) => call(port, agent, "/slow"),
  download: (port, agent) => call(port, agent, "/large", 1 << 20),
  upload: (port, agent) => call(port, agent, "/upload", 0, 8),
  websocket: (port) => converse(port),
};

/** @param {number} port @param {Agent} agent @param {string} path @param {number} [least] @param {number} [pieces] */
function call(port, agent, path, least = 1, pieces = 0) {
  return new Promise((/** @type {(value: void) => void} */ resolve, reject) => {
    const method = pieces > 0 ? "POST" : "GET";
    const sent = httpRequest({ port, host: "127.0.0.1", agent, path, method });
    sent.setTimeout(20_000, () => sent.destroy(new Error("no answer within 20 s")));
    sent.once("error", reject);
    sent.once("response", (response) => {
      let length = 0;
      response.on("data", (/** @type {Buffer} */ chunk) => {
        length += chunk.length;
      });
      response.once("error", reject);
      response.once("end", () => {
        if (response.statusCode === 200 && length >= least) resolve();
        else reject(new Error(`status ${response.statusCode}, ${length} bytes`));
      });
    });
    const send = (/** @type {number} */ left) => {
      if (left === 0) return sent.end();
      sent.write(Buffer.alloc(16_384));
      return setTimeout(send, 10, left - 1);
    };
    send(pieces);
  });
}

/** Five turns of a conversation on a connection that was upgraded. */
function converse(/** @type {number} */ port) {
  return new Promise((/** @type {(value: void) => void} */ resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let turns = 0;
    socket.setTimeout(20_000, () => socket.destroy(new Error("silence for 20 s")));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error(`closed after ${turns} turns`)));
    socket.write("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    socket.on("data", () => {
      turns += 1;
      if (turns > 5) {
        resolve();
        socket.destroy();
      } else setTimeout(() => socket.write("ping"), 50);
    });
  });
}
