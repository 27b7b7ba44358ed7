import { constants } from "node:os";
import { systemClock } from "millrace/base";
import { attend, type Handoff, readHandoffStatus, startAgain, startedWith, stayFor } from "millrace/handoff";
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
  const restart = async () => void (await startAgain(started));
  let attendance: ReturnType<typeof attend> | undefined;
  const opening = openProxy(config, {
    log,
    restart,
    attend: (handoff) => (attendance = join(handoff, restart, config, log)),
  });
  stopOnSignals(opening, config, log);
  const proxy = await opening;
  process.on("SIGHUP", () => void reload(proxy, load, log));
  if (config.log.format === "json")
    log.info({ addresses: proxy.addresses, admin: proxy.admin, ...tookOver(proxy) }, "proxy is running");
  else process.stderr.write(startText(proxy, config));
  const ending = await proxy.ended;
  await attendance?.told;
  if (ending === "handed-over" && config.handoff && process.pid === 1)
    await stayFor(config.handoff, systemClock, { restartOn, restart: () => restartOrTell(restart, log) });
  // Whatever might still be open must not keep a process whose part is over.
  process.exit(ending === "given-back" ? exitCodes.failed : 0);
}

/** Signals, PID file and service manager. The proxy deals with its end itself. */
function join(
  handoff: Handoff,
  restart: () => Promise<void>,
  { handoff: settings }: DaemonConfig,
  log: Log,
): ReturnType<typeof attend> {
  return attend(handoff, () => restartOrTell(restart, log), {
    stopOnSignals: false,
    restartOn,
    pidFile: settings?.pidFile,
    folder: settings?.folder,
  });
}

const restartOn: readonly NodeJS.Signals[] = ["SIGUSR2"];

function restartOrTell(restart: () => Promise<void>, log: Log): Promise<void> {
  return restart().catch((err: unknown) => log.error({ err }, "the proxy could not be started again"));
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
function stopOnSignals(opening: Promise<RunningProxy>, config: DaemonConfig, log: Log): void {
  let opened: RunningProxy | undefined;
  let stopping = false;
  const stop = (signal: "SIGINT" | "SIGTERM") => {
    if (stopping) {
      opened?.kill();
      process.exit(128 + constants.signals[signal]);
    }
    stopping = true;
    log.info({ signal }, "stopping; a second signal ends at once");
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

async function reload(proxy: RunningProxy, load: () => Promise<DaemonConfig>, log: Log): Promise<void> {
  try {
    await proxy.reload(await load());
    log.info({}, "configuration is read again");
  } catch (err) {
    log.error({ err }, "configuration stays as it was");
  }
}
