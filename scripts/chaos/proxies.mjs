// Proxies in processes of their own that are generations of one another, and find nobody else, before one origin.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readHandoffStatus } from "millrace/handoff";
import { freePort } from "./programs.mjs";

const command = fileURLToPath(new URL("../../packages/proxy/bin/millrace.js", import.meta.url));

/**
 * @typedef {object} StartedProxy
 * @property {import("node:child_process").ChildProcess} child the manager
 * @property {Promise<unknown>} exited
 * @property {Promise<void>} ready settles when it serves; fails when it ends before, with what it has said
 * @property {() => readonly number[]} workers process ids of the workers that it has, or had when it was seen last
 */

/** A folder, a port, an origin, and proxies that are started there. @param {object} [defaults] of their configuration */
export async function openProxies(defaults = {}) {
  const folder = mkdtempSync(join(tmpdir(), "mr-chaos-"));
  const port = await freePort();
  const origin = await startOrigin();
  const place = { name: "chaos", folder: join(folder, "run") };
  /** @type {StartedProxy[]} */
  const all = [];
  /** @param {Record<string, unknown>} [settings] @param {Record<string, string>} [env] */
  const start = (settings = {}, env = {}) => {
    const { handoff, ...rest } = { ...defaults, ...settings };
    const file = join(folder, `${all.length}.yaml`);
    const document = {
      listen: `127.0.0.1:${port}`,
      admin: false,
      workers: 2,
      servers: [{ url: origin.url }],
      log: { format: "json" },
      ...rest,
      handoff: { ...place, .../** @type {object | undefined} */ (handoff) },
    };
    writeFileSync(file, JSON.stringify(document));
    const started = watch(
      spawn(process.execPath, [command, "proxy", "--config", file], {
        stdio: ["ignore", "ignore", "pipe"],
        env: { ...process.env, ...env },
      }),
    );
    all.push(started);
    return started;
  };
  const close = async () => {
    const workers = all.flatMap((one) => one.workers());
    for (const { child } of all) child.kill("SIGKILL");
    for (const pid of workers) kill(pid, "SIGKILL");
    await Promise.all(all.map(({ exited }) => exited));
    await origin.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { start, all, port, folder, status: () => readHandoffStatus(place), close };
}

/** @param {import("node:child_process").ChildProcess} child @returns {StartedProxy} */
function watch(child) {
  const exited = once(child, "exit");
  let text = "";
  const ready = new Promise((/** @type {(value: void) => void} */ resolve, reject) => {
    child.stderr?.setEncoding("utf8").on("data", (/** @type {string} */ more) => {
      text += more;
      if (text.includes('"proxy is running"')) resolve();
    });
    // Not before all is read that it has said.
    child.once("close", () => reject(new Error(text.trim().split("\n").at(-1))));
  });
  ready.catch(() => undefined);
  /** @type {Set<number>} */
  const seen = new Set();
  const workers = () => {
    for (const pid of childrenOf(child.pid)) seen.add(pid);
    return [...seen];
  };
  ready.then(workers, () => undefined);
  return { child, exited, ready, workers };
}

/** Answers at once, slowly, with a lot, takes everything in, and echoes on upgraded connections. */
async function startOrigin() {
  const large = Buffer.alloc(1 << 20, "x");
  const server = createServer((request, response) => {
    if (request.url === "/large") response.end(large);
    else if (request.url === "/slow") setTimeout(() => response.end("slow"), 300);
    else request.resume().once("end", () => response.end("ok"));
  });
  server.keepAliveTimeout = 60_000;
  /** @type {Set<import("node:stream").Duplex>} */
  const upgraded = new Set();
  server.on("upgrade", (_request, socket) => {
    upgraded.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => upgraded.delete(socket));
    socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
    socket.pipe(socket);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      for (const socket of upgraded) socket.destroy();
      await closed;
    },
  };
}

/** Whether a process is there, and not only its entry in the table. @param {number} pid */
export function isAlive(pid) {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

/** @param {number} pid @param {NodeJS.Signals} signal */
export function kill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

/** As the system tells them (proc(5)). @param {number | undefined} pid @returns {number[]} */
function childrenOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1");
    return text.trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
