export { Backoff, type BackoffOptions, type Jitter } from "./backoff.js";
export { type Clock, sleep, systemClock, type Timer } from "./clock.js";
export { createDeferred, type Deferred } from "./deferred.js";
export {
  abortedError,
  closedError,
  type ErrorCode,
  isMillraceError,
  MillraceError,
  type MillraceErrorInit,
  type TimeoutPhase,
} from "./errors.js";
export { createTopic, type EventTopic } from "./events.js";
export { type FileWatch, type FileWatchOptions, openFileWatch } from "./file-watch.js";
export {
  createHealthSignals,
  type HealthSignal,
  type HealthSignalEvent,
  type HealthSignals,
  type HealthSignalsOptions,
  healthSignalEvents,
  joinHealth,
  processHealth,
} from "./health-signals.js";
export { methodLabel } from "./method-label.js";
export type { HistogramDefinition, Labels, Measure, MetricDefinition, MetricSink } from "./metric-sink.js";
export { invalidOption, requirePositive, requireRange, requireWhole, withDefaults } from "./options.js";
export { type Random, randomBelow, seededRandom, systemRandom } from "./random.js";
export { type Closable, Scope } from "./scope.js";
export { Semaphore } from "./semaphore.js";
export { ChildAbort, raceSignal } from "./signal.js";
export { type Expirable, Sweeper } from "./sweeper.js";
export { WaitLine } from "./wait-line.js";
export { type Watch, WatchSource } from "./watch.js";
