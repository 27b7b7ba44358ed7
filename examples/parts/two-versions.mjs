// What the handoff examples have in common: start the program, start it again, and ask who answers.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Plays the part of whoever deploys `file`. False in the processes that are deployed. */
export async function playTwoVersions(/** @type {string | undefined} */ file) {
  if (process.env.PORT || !file) return false;
  const folder = mkdtempSync(join(tmpdir(), "mr-example-"));
  const port = await freePort();
  const env = { ...process.env, PORT: `127.0.0.1:${port}`, MILLRACE_RUNTIME_DIR: folder };
  const start = () => spawn(process.execPath, [file], { env, stdio: "inherit" });

  const first = start();
  console.log(await answerOf(port, "generation 1"));
  const second = start();
  console.log(await answerOf(port, "generation 2"));
  await once(first, "exit");
  console.log(`the first has left with ${first.exitCode}`);
  second.kill("SIGTERM");
  await once(second, "exit");
  console.log(`the second was stopped, and ended with ${second.exitCode}`);
  rmSync(folder, { recursive: true });
  return true;
}

/** Asks until `wanted` is the answer. */
async function answerOf(/** @type {number} */ port, /** @type {string} */ wanted) {
  for (;;) {
    const text = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } }).then(
      (response) => response.text(),
      () => "",
    );
    if (text === wanted) return text;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  server.close();
  return port;
}
