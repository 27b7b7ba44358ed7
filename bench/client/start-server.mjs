import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** Starts the server in a process of its own, which ends with this one. */
export async function startServer() {
  const child = fork(fileURLToPath(new URL("./server.mjs", import.meta.url)));
  const [port] = await once(child, "message");
  return { url: `http://127.0.0.1:${port}`, stop: () => child.disconnect() };
}
