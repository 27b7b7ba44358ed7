import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { type Clock, type Random, systemClock, systemRandom, withDefaults } from "millrace/base";
import type { Handoff } from "millrace/handoff";
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
  /** Starts the proxy again, when `millrace restart` asks for it. @defaultValue none: it says that it cannot */
  readonly restart?: (() => Promise<void>) | undefined;
  /**
   * Joins the proxy to the process around it, before it serves; disposed of when it has ended. Not called for a proxy that
   * does not hand over.
   * @defaultValue none
   */
  readonly attend?: ((handoff: Handoff) => Disposable) | undefined;
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
  const { restart, attend, ...rest } = options;
  return { ...withDefaults(defaults, rest), restart, attend, count: workers ?? availableParallelism() };
}
