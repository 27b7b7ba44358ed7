export type { HealthAnswer } from "millrace/channel";
export type { Address } from "./config/address.js";
export type { DaemonDocument } from "./config/daemon.js";
export {
  type DaemonConfig,
  daemonConfig,
  type ListenSpec,
  loadDaemonConfig,
} from "./config/daemon-config.js";
export type { HealthProbe, HealthQuestion } from "./health/probe.js";
export { createLog, type Log, type LogLine, type LogOptions } from "./logging.js";
export type { ProxyOptions } from "./options.js";
export { openProxy, type RunningProxy } from "./proxy.js";
