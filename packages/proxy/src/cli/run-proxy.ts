import { constants } from "node:os";
import { destination } from "pino";
import type { DaemonDocument } from "../config/daemon.js";
import { type DaemonConfig, loadDaemonConfig } from "../config/daemon-config.js";
import { createLog, type Log } from "../logging.js";
import { openProxy, type RunningProxy } from "../proxy.js";
import { startText } from "./start-text.js";

/** Runs a proxy in this process until a signal ends it. */
export async function runProxy(flags: DaemonDocument, file?: string): Promise<void> {
  const load = () => loadDaemonConfig(flags, file);
  const config = await load();
  const log = openLog(config);
  const opening = openProxy(config, { log });
  stopOnSignals(opening, log);
  const proxy = await opening;
  process.on("SIGHUP", () => void reload(proxy, load, log));
  if (config.log.format === "json")
    log.info({ addresses: proxy.addresses, admin: proxy.admin }, "proxy is running");
  else process.stderr.write(startText(proxy, config));
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
function stopOnSignals(opening: Promise<RunningProxy>, log: Log): void {
  let opened: RunningProxy | undefined;
  let stopping = false;
  const stop = (signal: "SIGINT" | "SIGTERM") => {
    if (stopping) {
      opened?.kill();
      process.exit(128 + constants.signals[signal]);
    }
    stopping = true;
    log.info({ signal }, "stopping; a second signal ends at once");
    void opening.then((proxy) => proxy.close()).then(() => process.exit(0));
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

async function reload(proxy: RunningProxy, load: () => Promise<DaemonConfig>, log: Log): Promise<void> {
  try {
    await proxy.reload(await load());
    log.info({}, "configuration is read again");
  } catch (err) {
    log.error({ err }, "configuration stays as it was");
  }
}
