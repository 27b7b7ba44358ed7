import { once } from "node:events";
import { get } from "node:http";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const host = "127.0.0.1";

/**
 * Ports that nothing listens on at this moment.
 *
 * @param {number} count
 * @returns {Promise<number[]>} all different
 */
export async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, host));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map(
    (server) => /** @type {import("node:net").AddressInfo} */ (server.address()).port,
  );
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

/**
 * Waits until something accepts connections on `port`.
 *
 * @param {number} port
 * @param {import("./launch.mjs").Launched} launched who is expected to
 */
export function untilListening(port, launched) {
  return until(launched, `port ${port} open`, async () => {
    const socket = connect(port, host);
    try {
      await once(socket, "connect");
      return true;
    } finally {
      socket.destroy();
    }
  });
}

/**
 * Waits until a GET of `path` answers 200.
 *
 * @param {number} port
 * @param {string} path
 * @param {import("./launch.mjs").Launched} launched
 */
export function untilOk(port, path, launched) {
  return until(launched, `200 from ${path}`, async () => {
    const request = get({ host, port, path, agent: false, timeout: 1_000 });
    request.on("timeout", () => request.destroy(new Error("no answer")));
    const [response] = await once(request, "response");
    response.resume();
    return response.statusCode === 200;
  });
}

/**
 * @param {import("./launch.mjs").Launched} launched
 * @param {string} what
 * @param {() => Promise<boolean>} reached
 */
async function until(launched, what, reached) {
  const deadline = Date.now() + 10_000;
  while (launched.running() && Date.now() < deadline) {
    if (await reached().catch(() => false)) return;
    await sleep(20);
  }
  const state = launched.running() ? "did not come within 10 s" : "never came: the process ended";
  await launched.stop();
  throw new Error(`${what} ${state}\n${launched.output()}`.trim());
}
