import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { type Clock, type Random, systemClock, systemRandom, withDefaults } from "millrace/base";
import type { DaemonConfig } from "./config/daemon-config.js";
import { type HealthProbe, httpProbe } from "./health/probe.js";
import { createSilentLog, type Log } from "./logging.js";

/** What a proxy is made with, beside its configuration. */
export interface ProxyOptions {
  /** Where the proxy writes what happens to it. @defaultValue a log that nobody reads */
  readonly log?: Log | undefined;
  /** Asks servers whether they are well. @defaultValue a `GET` on a connection of its own */
  readonly probe?: HealthProbe | undefined;
  /** The file that workers run. @defaultValue the worker of this package */
  readonly entry?: string | undefined;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock | undefined;
  /** Spreads health checks and restarts. @defaultValue `systemRandom` */
  readonly random?: Random | undefined;
}

const workerEntry = fileURLToPath(new URL("./worker/main.js", import.meta.url));

/** Fills the gaps. @internal */
export function proxySettings({ workers }: DaemonConfig, options: ProxyOptions) {
  const defaults = {
    log: createSilentLog(),
    probe: httpProbe,
    entry: workerEntry,
    clock: systemClock,
    random: systemRandom,
  };
  return { ...withDefaults(defaults, options), count: workers ?? availableParallelism() };
}
