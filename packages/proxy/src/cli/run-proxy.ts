import { constants } from "node:os";
import { systemClock } from "millrace/base";
import {
  type Attendance,
  attend,
  createServiceManager,
  type Handoff,
  readHandoffStatus,
  type ServiceManager,
  startAgain,
  startedWith,
  stayFor,
} from "millrace/handoff";
import { destination } from "pino";
import type { DaemonDocument } from "../config/daemon.js";
import { type DaemonConfig, loadDaemonConfig } from "../config/daemon-config.js";
import { createLog, type Log } from "../logging.js";
import { openProxy, type RunningProxy } from "../proxy.js";
import { exitCodes } from "./exit.js";
import { startText } from "./start-text.js";

/** Runs a proxy in this process until a signal ends it, or the next start of it has taken over. */
export async function runProxy(flags: DaemonDocument, file?: string): Promise<void> {
  const load = () => loadDaemonConfig(flags, file);
  const config = await load();
  const log = openLog(config);
  const started = startedWith();
  const manager = createServiceManager();
  const restart = async (onExit?: () => void) => void (await startAgain(started, process.env, onExit));
  const opening = openProxy(config, {
    log,
    restart,
    attend: (handoff) => join(handoff, restart, { config, log, manager }),
  });
  stopOnSignals(opening, { config, log, manager });
  followSignals(opening, load, { log, manager });
  const proxy = await opening;
  if (!proxy.handoff) manager.serving(process.pid, "the proxy serves");
  if (config.log.format === "json")
    log.info({ addresses: proxy.addresses, admin: proxy.admin, ...tookOver(proxy) }, "proxy is running");
  else process.stderr.write(startText(proxy, config));
  const ending = await proxy.ended;
  await manager.told;
  if (ending === "handed-over" && config.handoff && process.pid === 1)
    await stayFor(config.handoff, systemClock, { restartOn, restart: () => restartOrTell(restart, log) });
  // Whatever might still be open must not keep a process whose part is over.
  process.exit(ending === "given-back" ? exitCodes.failed : 0);
}

/** SIGHUP and SIGUSR2 end a process that does not listen: they may come before it serves, and where it does not hand over. */
function followSignals(
  opening: Promise<RunningProxy>,
  load: () => Promise<DaemonConfig>,
  surroundings: Pick<Surroundings, "log" | "manager">,
): void {
  const whenOpen = (act: (proxy: RunningProxy) => void) => void opening.then(act, () => undefined);
  process.on("SIGHUP", () => whenOpen((proxy) => void reload(proxy, load, surroundings)));
  process.on("SIGUSR2", () =>
    whenOpen(({ handoff }) => {
      if (!handoff) surroundings.log.warn({}, "SIGUSR2 changes nothing: this proxy does not hand over");
    }),
  );
}

/** What a proxy has of the process around it. */
interface Surroundings {
  readonly config: DaemonConfig;
  readonly log: Log;
  readonly manager: ServiceManager;
}

/** Signals, PID file and service manager. The proxy deals with its end itself. */
function join(
  handoff: Handoff,
  restart: (onExit: () => void) => Promise<void>,
  { config, log, manager }: Surroundings,
): Attendance {
  return attend(handoff, (onExit) => restartOrTell(() => restart(onExit), log), {
    stopOnSignals: false,
    restartOn,
    pidFile: config.handoff?.pidFile,
    folder: config.handoff?.folder,
    manager,
  });
}

const restartOn: readonly NodeJS.Signals[] = ["SIGUSR2"];

function restartOrTell(restart: () => Promise<void>, log: Log): Promise<void> {
  return restart().catch((err: unknown) => {
    log.error({ err }, "the proxy could not be started again");
    throw err;
  });
}

/** What can be said of the one before. */
function tookOver({ handoff }: RunningProxy) {
  return handoff && handoff.generation > 1 ? { generation: handoff.generation, way: handoff.way } : {};
}

function openLog({ log: { level, format } }: DaemonConfig): Log {
  const readable = format === "auto" ? process.stderr.isTTY : format === "text";
  return createLog({
    level,
    format: readable ? "text" : "json",
    destination: destination({ dest: 2, sync: true }),
  });
}

/** The first signal lets requests finish, the second does not wait for them. */
function stopOnSignals(opening: Promise<RunningProxy>, { config, log, manager }: Surroundings): void {
  let opened: RunningProxy | undefined;
  let stopping = false;
  const stop = (signal: "SIGINT" | "SIGTERM") => {
    if (stopping) {
      opened?.kill();
      process.exit(128 + constants.signals[signal]);
    }
    stopping = true;
    log.info({ signal }, "stopping; a second signal ends at once");
    if (opened && !opened.handoff) manager.stopping(process.pid);
    if (process.pid === 1 && isPassedOver(opened)) void passOn(signal, config);
    void opening.then((proxy) => proxy.close());
  };
  opening.then(
    (proxy) => {
      opened = proxy;
    },
    () => undefined,
  );
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

/** Whether another process serves by now. */
function isPassedOver(proxy: RunningProxy | undefined): boolean {
  return proxy?.handoff?.phase.value === "standby" || proxy?.handoff?.ending === "handed-over";
}

/** Process 1 stands for all generations: what ends it is meant for the one that serves. */
async function passOn(signal: NodeJS.Signals, { handoff }: DaemonConfig): Promise<void> {
  const status = handoff && (await readHandoffStatus(handoff).catch(() => undefined));
  const pid = status?.generations[0]?.pid;
  if (pid !== undefined && pid !== process.pid) process.kill(pid, signal);
}

async function reload(
  proxy: RunningProxy,
  load: () => Promise<DaemonConfig>,
  { log, manager }: Pick<Surroundings, "log" | "manager">,
): Promise<void> {
  const change = manager.changing("reading the configuration again");
  try {
    await proxy.reload(await load());
    log.info({}, "configuration is read again");
    change.over("configuration is read again");
  } catch (err) {
    log.error({ err }, "configuration stays as it was");
    change.over(`configuration stays as it was: ${(err as Error).message}`);
  }
}
