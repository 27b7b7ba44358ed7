// The program that is upgraded under load: answers small, slow, large and uploaded requests, and WebSockets of a
// sort. Its first argument is JSON: how it is run, and as what release.
import cluster from "node:cluster";
import { createServer } from "node:http";
import { serve } from "millrace/handoff";

const { mode, port, release, fault, ...options } = JSON.parse(process.argv[2] ?? "{}");
/** Ways to fail after it has come to serve. @type {Record<string, () => void>} */
const faults = {
  "kill-after-ready": () => setTimeout(() => process.kill(process.pid, "SIGKILL"), 5),
  "throw-after-ready": () => setTimeout(fail, 5),
  "throw-in-probation": () => setTimeout(fail, 150),
  "reject-in-probation": () => setTimeout(() => void Promise.reject(new Error("the cache is broken")), 150),
  "exit-in-probation": () => setTimeout(() => process.exit(4), 150),
};

function fail() {
  throw new Error("the cache is broken");
}

const large = Buffer.alloc(1 << 20, "x");

function createApp() {
  const server = createServer((request, response) => {
    if (request.url === "/slow") setTimeout(() => response.end(release), 200);
    else if (request.url === "/large") response.end(large);
    else if (request.url === "/upload") request.resume().on("end", () => response.end(release));
    else response.end(release);
  });
  // Clients that keep connections are not to be surprised by a limit that has nothing to do with upgrades.
  server.keepAliveTimeout = 60_000;
  server.on("upgrade", (_request, socket) => {
    socket.on("error", () => undefined);
    socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n");
    socket.pipe(socket);
  });
  return server;
}

if (mode === "plain") createApp().listen(port, "127.0.0.1", () => say("ready"));
else if (mode === "cluster") runCluster();
else if (mode === "pm2") runUnderPm2();
else await runHandoff();

async function runHandoff() {
  try {
    await serve({
      ...options,
      name: "chaos",
      release,
      addresses: [`127.0.0.1:${port}`],
      async run([listener], { ready }) {
        if (fault === "exit-before-ready") process.exit(3);
        if (fault === "hang") return new Promise(() => undefined);
        createApp().listen(listener);
        await ready();
        say("ready");
        faults[fault]?.();
      },
    });
    say("ended");
  } catch (error) {
    say(`error ${/** @type {Error} */ (error).message}`);
    process.exitCode = 1;
  }
}

/** A rolling restart as the documents of Node show it: a new worker listens, then an old one disconnects. */
function runCluster() {
  if (cluster.isWorker) return createApp().listen(port, "127.0.0.1");
  let current = cluster.fork();
  cluster.once("listening", () => say("ready"));
  process.on("SIGUSR2", () => {
    const next = cluster.fork();
    next.once("listening", () => {
      current.disconnect();
      current = next;
      say("ready");
    });
  });
  return undefined;
}

/** As pm2's documents tell: it hears when this one is ready, and has it finish by SIGINT. */
function runUnderPm2() {
  const server = createApp().listen(port, "127.0.0.1", () => process.send?.("ready"));
  process.on("SIGINT", () => server.close(() => process.exit(0)));
}

function say(/** @type {string} */ what) {
  process.stdout.write(`${what}\n`);
}
