export type { BackoffOptions, Jitter } from "./backoff.js";
export { Backoff } from "./backoff.js";
export type { Clock, Timer } from "./clock.js";
export { sleep, systemClock } from "./clock.js";
export type { Deferred } from "./deferred.js";
export { createDeferred } from "./deferred.js";
export type { ErrorCode, MillraceErrorInit, TimeoutPhase } from "./errors.js";
export { abortedError, closedError, isMillraceError, MillraceError } from "./errors.js";
export type { EventTopic } from "./events.js";
export { createTopic } from "./events.js";
export type { FileWatch, FileWatchOptions } from "./file-watch.js";
export { openFileWatch } from "./file-watch.js";
export type {
  HealthSignal,
  HealthSignalEvent,
  HealthSignals,
  HealthSignalsOptions,
} from "./health-signals.js";
export { createHealthSignals, healthSignalEvents, joinHealth, processHealth } from "./health-signals.js";
export { methodLabel } from "./method-label.js";
export type { HistogramDefinition, Labels, Measure, MetricDefinition, MetricSink } from "./metric-sink.js";
export { invalidOption, requirePositive, requireRange, requireWhole, withDefaults } from "./options.js";
export type { Random } from "./random.js";
export { randomBelow, seededRandom, systemRandom } from "./random.js";
export type { Closable } from "./scope.js";
export { Scope } from "./scope.js";
export { Semaphore } from "./semaphore.js";
export { ChildAbort, raceSignal } from "./signal.js";
export type { Expirable } from "./sweeper.js";
export { Sweeper } from "./sweeper.js";
export { WaitLine } from "./wait-line.js";
export type { Watch } from "./watch.js";
export { WatchSource } from "./watch.js";
