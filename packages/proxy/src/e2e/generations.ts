import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readHandoffStatus } from "millrace/handoff";
import type { DaemonDocument } from "../config/daemon.js";
import { configText, isAlive, type LaunchedProxy, launchProxy, type StartedProxy } from "./start-proxy.js";

/** Proxies that are generations of one another; all that are left are ended with their workers. */
export interface Generations extends AsyncDisposable {
  readonly folder: string;
  /** Starts the next one, and waits until it serves. */
  serve(document?: DaemonDocument, env?: Readonly<Record<string, string>>): Promise<StartedProxy>;
  /** Starts the next one. */
  start(document?: DaemonDocument, env?: Readonly<Record<string, string>>): Promise<LaunchedProxy>;
  /** Phases of all generations, the newest first; none while nobody answers. */
  phases(): Promise<string[]>;
  /** The process that serves, or holds the place of one; `undefined` while nobody does. */
  serving(): Promise<number | undefined>;
  /** Process ids of the workers that `manager` has started and that live. */
  workersOf(manager: number): Promise<number[]>;
}

/** Makes room for generations that find each other and nobody else. `defaults` hold for all of them. */
export async function openGenerations(defaults: DaemonDocument = {}): Promise<Generations> {
  const folder = await mkdtemp(join(tmpdir(), "mr-proxy-"));
  const handoff = { name: "proxy", folder: join(folder, "run"), probation: "500ms" };
  const all: LaunchedProxy[] = [];
  const workers = new Set<number>();
  const start = async (document: DaemonDocument = {}, env: Readonly<Record<string, string>> = {}) => {
    const file = join(folder, `${all.length}.yaml`);
    const whole = { ...defaults, ...document };
    const settings = { ...handoff, ...(defaults.handoff || {}), ...(document.handoff || {}) };
    await writeFile(file, configText({ ...whole, handoff: document.handoff === false ? false : settings }));
    const launched = launchProxy(["--config", file], env);
    all.push(launched);
    return launched;
  };
  const told = async () => {
    // Who has just died may still be dialled.
    const asked = readHandoffStatus({ name: "proxy", folder: handoff.folder });
    return (await asked.catch(() => undefined))?.generations ?? [];
  };
  const workersOf = async (manager: number) => {
    const found = await childrenOf(manager);
    for (const pid of found) workers.add(pid);
    return found;
  };
  return {
    folder,
    start,
    workersOf,
    async serve(document, env) {
      const proxy = await (await start(document, env)).serving;
      await workersOf(proxy.process.pid!);
      return proxy;
    },
    async phases() {
      return (await told()).map(({ phase }) => phase);
    },
    async serving() {
      return (await told()).find(({ phase }) => phase === "serving")?.pid;
    },
    async [Symbol.asyncDispose]() {
      for (const { process: child } of all) {
        for (const pid of child.pid ? await childrenOf(child.pid) : []) workers.add(pid);
        if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      }
      for (const pid of workers) if (isAlive(pid)) process.kill(pid, "SIGKILL");
      await Promise.all(all.map(({ exited }) => exited));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Processes that `parent` has started and that live, as the system tells them (proc(5)). */
async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")));
  return stats.flatMap((stat) => {
    const [, pid, ppid] = /^(\d+) \(.*\) \S (\d+) /s.exec(stat) ?? [];
    return Number(ppid) === parent ? [Number(pid)] : [];
  });
}
