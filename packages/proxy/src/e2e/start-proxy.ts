import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sleep, systemClock } from "millrace/base";
import type { DaemonDocument } from "../config/daemon.js";

/** The command. */
export const bin = fileURLToPath(new URL("../../bin/millrace.js", import.meta.url));

/** How a proxy is started. */
export interface StartOptions extends Omit<DaemonDocument, "servers"> {
  /** URLs of its origins. */
  readonly origins?: readonly string[];
  /** Variables of its environment beyond those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What the admin API answered. */
export interface AdminAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into what they asked for.
  readonly body: any;
}

/** The daemon in processes of its own, as people start it. */
export interface StartedProxy extends AsyncDisposable {
  /** Port where clients connect. */
  readonly port: number;
  /** Port of the admin API. */
  readonly adminPort: number;
  readonly url: string;
  /** The manager. */
  readonly process: ChildProcess;
  /** Settles with the exit code, or the signal, when the manager is gone. */
  readonly exited: Promise<number | NodeJS.Signals>;
  /** What the manager has logged so far. */
  readonly log: readonly Record<string, unknown>[];
  /** What has been written to standard output: access logs. */
  readonly output: string;
  /** Asks the admin API: `api("PATCH", "/config", {…})`. */
  api(method: string, path: string, body?: unknown): Promise<AdminAnswer>;
  /** Process ids of the workers. */
  workers(): Promise<number[]>;
  /** Resident memory of all workers, in bytes. */
  memory(): Promise<number>;
}

/** Starts the daemon on ports of its own, and settles once it is ready. Disposing it stops it. */
export async function startProxy({
  origins = [],
  env,
  ...document
}: StartOptions = {}): Promise<StartedProxy> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-e2e-"));
  const file = join(folder, "millrace.yaml");
  await writeFile(file, configText({ ...document, servers: origins.map((url) => ({ url })) }));
  try {
    return await launchProxy(["--config", file], env).serving;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A configuration file for a small proxy on ports of its own. */
export function configText(document: DaemonDocument): string {
  return JSON.stringify({
    listen: "127.0.0.1:0",
    admin: "127.0.0.1:0",
    workers: 1,
    log: { level: "info", format: "json" },
    // Checks that do not disturb; tests that are about them say so.
    healthCheck: { path: "/.health", interval: "1h" },
    ...document,
  });
}

/** A proxy that was started, and may not come to serve. */
export interface LaunchedProxy {
  readonly process: ChildProcess;
  readonly exited: StartedProxy["exited"];
  /** What it has logged so far. */
  readonly log: StartedProxy["log"];
  /** Settles once it is ready; fails when it ends before, with what it wrote to standard error. */
  readonly serving: Promise<StartedProxy>;
}

/** Starts `millrace proxy` with these arguments. */
export function launchProxy(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): LaunchedProxy {
  const child = spawn(process.execPath, [bin, "proxy", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const exited = once(child, "exit").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  const started = new Started(child, exited);
  const serve = async () => {
    // All that it has written is read when its streams are closed, not when it has ended.
    const closed = once(child, "close").then(() => Promise.reject(new Error(started.errors)));
    await Promise.race([started.ready, closed]);
    await until(async () => (await started.api("GET", "/readyz")).status === 200);
    return started;
  };
  const serving = serve();
  serving.catch(() => undefined);
  return { process: child, exited, log: started.log, serving };
}

/** Asks again and again until the answer is true; fails when that takes longer than `limitMs`. */
export async function until(holds: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
  const deadline = systemClock.now() + limitMs;
  while (!(await holds())) {
    if (systemClock.now() > deadline) throw new Error(`not so within ${limitMs} ms: ${holds.toString()}`);
    await sleep(systemClock, 10);
  }
}

/** Whether a process is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

interface Running {
  readonly addresses: readonly { readonly port: number }[];
  readonly admin: { readonly port: number };
}

class Started implements StartedProxy {
  readonly process: ChildProcess;
  readonly exited: Promise<number | NodeJS.Signals>;
  readonly log: Record<string, unknown>[] = [];
  readonly ready: Promise<void>;
  output = "";
  /** Lines of standard error that are no log. */
  errors = "";
  #running!: Running;
  #unread = "";

  constructor(child: ChildProcess, exited: Promise<number | NodeJS.Signals>) {
    this.process = child;
    this.exited = exited;
    child.stdout!.setEncoding("utf8").on("data", (text: string) => (this.output += text));
    this.ready = new Promise((resolve) => {
      child.stderr!.setEncoding("utf8").on("data", (text: string) => this.#read(text, resolve));
    });
  }

  get port(): number {
    return this.#running.addresses[0]!.port;
  }

  get adminPort(): number {
    return this.#running.admin.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async api(method: string, path: string, body?: unknown): Promise<AdminAnswer> {
    // On a connection of its own, so that none is left for a proxy to wait for.
    const asked = httpRequest({ host: "127.0.0.1", port: this.adminPort, method, path, agent: false });
    asked.end(body === undefined ? "" : JSON.stringify(body));
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    let text = "";
    for await (const chunk of answer.setEncoding("utf8")) text += String(chunk);
    const json = answer.headers["content-type"]?.startsWith("application/json");
    return { status: answer.statusCode ?? 0, body: json ? JSON.parse(text) : text };
  }

  async workers(): Promise<number[]> {
    const { body } = await this.api("GET", "/workers");
    return (body.workers as { pid: number; state: string }[])
      .filter(({ state }) => state === "ready")
      .map(({ pid }) => pid);
  }

  async memory(): Promise<number> {
    const { body } = await this.api("GET", "/metrics");
    const gauges = (body as string).matchAll(/^millrace_worker_resident_memory_bytes\{[^}]*\} (\S+)$/gm);
    return [...gauges].reduce((sum, [, bytes]) => sum + Number(bytes), 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    // The second signal does not wait for requests that a test has left behind.
    this.process.kill("SIGTERM");
    this.process.kill("SIGINT");
    await this.exited;
  }

  #read(text: string, onRunning: () => void): void {
    const lines = (this.#unread + text).split("\n");
    this.#unread = lines.pop()!;
    for (const line of lines) {
      if (!line.startsWith("{")) {
        this.errors += `${line}\n`;
        continue;
      }
      const entry = JSON.parse(line) as Record<string, unknown>;
      this.log.push(entry);
      if (entry["msg"] !== "proxy is running") continue;
      this.#running = entry as unknown as Running;
      onRunning();
    }
  }
}
