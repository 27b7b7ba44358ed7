// Programs that run in processes of their own, find each other and nobody else, and end with the run.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const programFile = fileURLToPath(new URL("./program.mjs", import.meta.url));

/** A folder, a port, and programs that are started there. */
export async function openPrograms() {
  const folder = mkdtempSync(join(tmpdir(), "mr-chaos-"));
  const port = await freePort();
  /** @type {{ child: import("node:child_process").ChildProcess, exited: Promise<unknown> }[]} */
  const all = [];
  const start = (/** @type {object} */ options) => {
    const given = JSON.stringify({ mode: "handoff", port, folder: join(folder, "run"), ...options });
    // What a version that fails has to say of it is not to stand in the table.
    const errors = "fault" in options ? "ignore" : "inherit";
    const child = spawn(process.execPath, [programFile, given], { stdio: ["ignore", "pipe", errors] });
    const exited = once(child, "exit");
    const ready = new Promise((resolve, reject) => {
      child.stdout.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
        if (text.includes("ready")) resolve(undefined);
        else if (text.includes("error")) reject(new Error(text));
      });
      void exited.then(() => reject(new Error("ended before it was ready")));
    });
    ready.catch(() => undefined);
    const started = { child, exited, ready };
    all.push(started);
    return started;
  };
  const close = async () => {
    for (const { child } of all)
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    const late = setTimeout(() => {
      for (const { child } of all) child.kill("SIGKILL");
    }, 5_000);
    await Promise.all(all.map(({ exited }) => exited));
    clearTimeout(late);
    rmSync(folder, { recursive: true, force: true });
  };
  return { start, port, folder, close };
}

/** A port that nobody has now. */
export async function freePort() {
  const server = createServer();
  await new Promise((/** @type {(value: void) => void} */ resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}
