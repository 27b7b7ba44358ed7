export { formatListenAddress, type ListenAddress, parseListenAddress } from "./address.js";
export type { GenerationStatus, HandoffStatus, HandoffWay } from "./control/messages.js";
export { type HandoffEvent, handoffEvents } from "./events.js";
export type { Gate } from "./gate.js";
export { bindHandle, boundAddress } from "./handles/bind.js";
export type { Handle } from "./handles/handle.js";
export type { Handoff } from "./handoff.js";
export { openHandoff } from "./open-handoff.js";
export type {
  BoundAddress,
  HandoffNetwork,
  HandoffOptions,
  OpenHandoffOptions,
  StateMoment,
} from "./options.js";
export type { HandoffEnding, HandoffPhase } from "./phase.js";
export { type Attendance, type AttendOptions, attend } from "./process/attend.js";
export type { ProcessOptions } from "./process/options.js";
export type { ReadyCheck } from "./process/readiness.js";
export { type StartedWith, startAgain, startedWith } from "./process/restart.js";
export {
  type AnnouncedChange,
  createServiceManager,
  type ServiceManager,
} from "./process/service-manager.js";
export type { Restarting } from "./process/signals.js";
export { stayFor } from "./process/stay.js";
export { programName } from "./program-name.js";
export { type RunContext, type ServeOptions, serve } from "./serve.js";
export { type HandoffQuestion, readHandoffStatus, requestRestart } from "./status.js";
