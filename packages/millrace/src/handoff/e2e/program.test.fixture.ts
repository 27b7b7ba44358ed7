// A program that hands over, with every fault that a test may ask for. What it does it says on standard output, one
// JSON object a line; how it is to behave comes as JSON in its first argument.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createEcho, type Socket } from "node:net";
import { sleep, systemClock } from "../../base/clock.js";
import { handoffEvents } from "../events.js";
import { serve } from "../serve.js";
import type { ProgramOptions } from "./programs.test.fixture.js";

const { fault, raw, check, readyAtCheck, ...options } = JSON.parse(process.argv[2]!) as ProgramOptions;
const release = options.release ?? "unnamed";
handoffEvents.subscribe((event) => say(event));
let checks = 0;

/** Faults a while after this process has begun to serve. */
const onProbation: Readonly<Record<string, () => void>> = {
  "exit-in-probation": () => exit(4),
  "throw-in-probation": () => {
    throw new Error("the cache is broken");
  },
  "reject-in-probation": () => void Promise.reject(new Error("the cache is broken")),
  // As many programs end: by a listener of their own, and a call that must not come back to life.
  "log-and-exit-in-probation": () => {
    process.on("uncaughtException", ({ name }) => {
      say({ type: "uncaught", name });
      void sleep(systemClock, 1).then(() => process.exit(5));
    });
    throw new Error("the cache is broken");
  },
};

/** Faults at SIGUSR1. */
const whenAsked: Readonly<Record<string, () => void>> = {
  "throw-when-asked": onProbation["throw-in-probation"]!,
  "exit-when-asked": onProbation["exit-in-probation"]!,
};

try {
  const ending = await serve({
    ...options,
    readyWhen: readyAtCheck === undefined ? undefined : () => passes(readyAtCheck),
    state: (moment) => ({ from: release, moment }),
    onState: (state, moment) => say({ type: "state", state, moment }),
    async run(listeners, { ready, inherited, generation, signal }) {
      say({ type: "run", generation, inherited, addresses: listeners.map((listener) => listener.address()) });
      if (fault === "end-before-ready") process.exit(0);
      if (fault === "crash-before-ready") process.exit(3);
      if (fault === "block") for (;;);
      if (fault === "hang") return await new Promise<void>(() => undefined);
      if (fault === "throw") throw new Error("the database is down");
      for (const listener of listeners) {
        if (raw) createEcho({ allowHalfOpen: true }, echoAtEnd).listen(listener);
        else createServer(answer).listen(listener);
      }
      if (check) await sleep(systemClock, check);
      if (fault === "ready-when-asked") await untilAsked(generation);
      if (readyAtCheck !== undefined) return;
      if (fault === "deaf") process.on("SIGTERM", () => say({ type: "deaf" }));
      if (fault && fault in whenAsked) process.once("SIGUSR1", whenAsked[fault]!);
      await ready();
      say({ type: "ready" });
      if (fault === "crash-after-ready") process.kill(process.pid, "SIGKILL");
      if (fault === "run-throws-after-ready") throw new Error("the cache is broken");
      if (fault && fault in onProbation) systemClock.schedule(100, onProbation[fault]!);
      signal.addEventListener("abort", () => say({ type: "signal" }));
    },
  });
  say({ type: "ending", ending });
} catch (error) {
  const { message, code } = error as { message: string; code?: string };
  say({ type: "error", message, code });
  process.exitCode = 1;
}

function exit(code: number): void {
  try {
    process.exit(code);
  } catch (error) {
    say({ type: "put-off", name: (error as Error).name });
    throw error;
  }
  say({ type: "returned" });
}

/** Settles at SIGUSR1. */
async function untilAsked(generation: number): Promise<void> {
  const asked = once(process, "SIGUSR1");
  // Nothing else keeps it alive when its predecessor has ended.
  const held = systemClock.schedule(60_000, () => undefined);
  say({ type: "waiting", generation });
  await asked;
  held[Symbol.dispose]();
}

function passes(at: number): boolean {
  checks += 1;
  say({ type: "check", checks });
  if (checks % 2 === 1 && checks < at) throw new Error("the database is down");
  return checks >= at;
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url!, "http://program");
  const body = JSON.stringify({ release, pid: process.pid, client: request.socket.remoteAddress });
  response.setHeader("content-type", "application/json");
  if (pathname === "/slow") {
    say({ type: "slow" });
    response.write(body.slice(0, 5));
    systemClock.schedule(Number(searchParams.get("ms")), () => response.end(body.slice(5)), "upkeep");
  } else if (pathname === "/held") {
    process.once("SIGUSR1", () => response.end(body));
    say({ type: "held" });
  } else if (pathname === "/upload") {
    let bytes = 0;
    request.on("data", (chunk: Buffer) => (bytes += chunk.length));
    request.on("end", () => response.end(JSON.stringify({ release, bytes })));
  } else response.end(body);
}

/** Gives everything back a while after the other end has said all that it has to say. */
function echoAtEnd(socket: Socket): void {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.once("end", () => systemClock.schedule(50, () => socket.end(Buffer.concat(chunks)), "upkeep"));
}

function say(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}
