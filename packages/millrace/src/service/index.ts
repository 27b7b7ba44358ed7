export {
  Circuit,
  type CircuitChange,
  type CircuitOptions,
  type CircuitState,
  type Pass,
} from "./breaker/circuit.js";
export type { TripRule } from "./breaker/trip.js";
export { type CallAllOptions, callAll, callAllUnordered } from "./call-all.js";
export {
  type AbortListener,
  type CallContext,
  CallControl,
  type ContextKey,
  type ContextOptions,
  createContext,
  createContextKey,
  deriveContext,
} from "./context.js";
export type { DoneListener, WhenDone } from "./done.js";
export { type Fault, faults } from "./fault.js";
export { alwaysReady, fromFunction } from "./from-function.js";
export type { HedgeEvent, HedgePolicy } from "./hedge/policy.js";
export { AimdLimit, type AimdOptions } from "./limit/aimd-limit.js";
export { GradientLimit, type GradientOptions } from "./limit/gradient-limit.js";
export type { LimitAlgorithm, LimitSample, LimitVerdict } from "./limit/limit-algorithm.js";
export { WaveLimit, type WaveOptions } from "./limit/wave-limit.js";
export { type AdaptiveLimitOptions, adaptiveLimit } from "./middleware/adaptive-limit.js";
export { andThen } from "./middleware/and-then.js";
export { asyncFilter } from "./middleware/async-filter.js";
export { type BufferOptions, buffer } from "./middleware/buffer.js";
export { type CircuitBreakerOptions, circuitBreaker } from "./middleware/circuit-breaker.js";
export { type ConcurrencyLimitOptions, concurrencyLimit } from "./middleware/concurrency-limit.js";
export { type DeadlineOptions, deadline } from "./middleware/deadline.js";
export { type FallbackOptions, fallback } from "./middleware/fallback.js";
export { filter } from "./middleware/filter.js";
export { type HedgeOptions, hedge } from "./middleware/hedge.js";
export { type LoadShedOptions, loadShed } from "./middleware/load-shed.js";
export { mapError, mapOutcome, mapRequest, mapResponse } from "./middleware/map.js";
export { optional } from "./middleware/optional.js";
export { type RateLimitOptions, rateLimit } from "./middleware/rate-limit.js";
export { type RetryOptions, retry } from "./middleware/retry.js";
export { type SingleFlightOptions, singleFlight } from "./middleware/single-flight.js";
export { type TimeoutOptions, timeout } from "./middleware/timeout.js";
export type { Outcome } from "./outcome.js";
export { type Connection, openReconnect, type Reconnect, type ReconnectOptions } from "./reconnect.js";
export { type RetryBudget, TpsBudget, type TpsBudgetOptions } from "./retry/budget.js";
export type { Repeat, RetryConditions, RetryEvent, RetryPolicy, RetryVerdict } from "./retry/policy.js";
export type { Layer, Policy, Service } from "./service.js";
export { stack } from "./stack.js";
export { type SteerPicker, steer } from "./steer.js";
