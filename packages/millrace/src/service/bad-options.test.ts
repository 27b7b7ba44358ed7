import { Backoff } from "../base/backoff.js";
import { Semaphore } from "../base/semaphore.js";
import { refusesBadOptions } from "../testing/bad-options.test.fixture.js";
import { Circuit } from "./breaker/circuit.js";
import type { TripRule } from "./breaker/trip.js";
import { callAll } from "./call-all.js";
import { fromFunction } from "./from-function.js";
import { AimdLimit } from "./limit/aimd-limit.js";
import { GradientLimit } from "./limit/gradient-limit.js";
import type { LimitAlgorithm } from "./limit/limit-algorithm.js";
import { WaveLimit } from "./limit/wave-limit.js";
import { adaptiveLimit } from "./middleware/adaptive-limit.js";
import { andThen } from "./middleware/and-then.js";
import { buffer } from "./middleware/buffer.js";
import { circuitBreaker } from "./middleware/circuit-breaker.js";
import { concurrencyLimit } from "./middleware/concurrency-limit.js";
import { deadline } from "./middleware/deadline.js";
import { fallback } from "./middleware/fallback.js";
import { filter } from "./middleware/filter.js";
import { hedge } from "./middleware/hedge.js";
import { loadShed } from "./middleware/load-shed.js";
import { mapError, mapRequest, mapResponse } from "./middleware/map.js";
import { rateLimit } from "./middleware/rate-limit.js";
import { retry } from "./middleware/retry.js";
import { singleFlight } from "./middleware/single-flight.js";
import { timeout } from "./middleware/timeout.js";
import { openReconnect } from "./reconnect.js";
import { TpsBudget } from "./retry/budget.js";
import { stack } from "./stack.js";
import { steer } from "./steer.js";

const policy = { shouldRetry: () => false, shouldHedge: () => false };
const service = fromFunction((request: string) => request);
const window = { kind: "time-window", windowMs: 1000, ratio: 0.5 } as const;

const fixed = (limit: number): LimitAlgorithm => ({ limit, note: () => {} });

refusesBadOptions([
  ["backoff.initialMs", (initialMs) => new Backoff({ initialMs }), 0, Number.NaN],
  ["backoff.maxMs", (maxMs) => new Backoff({ maxMs }), -1],
  ["backoff.factor", (factor) => new Backoff({ factor }), 0.5],
  ["backoff.jitter", (jitter) => new Backoff({ jitter }), 1.5, "some"],
  ["semaphore.capacity", (capacity) => new Semaphore(capacity), 0, 1.5],
  ["semaphore.capacity", (limit) => concurrencyLimit({ limit }), 0],
  ["timeout.limitMs", (limitMs) => timeout({ limitMs }), 0, Number.NaN, "10"],
  ["deadline.neededMs", (neededMs) => deadline({ neededMs }), -1, Infinity],
  ["retry.policy.shouldRetry", (policy) => retry({ policy }), undefined],
  ["retry.policy.shouldRetry", (shouldRetry) => retry({ policy: { shouldRetry } }), undefined, true],
  ["retry.budget.withdraw", (withdraw) => retry({ policy, budget: { deposit() {}, withdraw } }), undefined],
  ["retry.attempts", (attempts) => retry({ policy, attempts }), 0, 2.5],
  ["backoff.factor", (factor) => retry({ policy, backoff: { factor } }), 0],
  ["budget.windowMs", (windowMs) => new TpsBudget({ windowMs }), 999, 60_001],
  ["budget.reservePerSecond", (reservePerSecond) => new TpsBudget({ reservePerSecond }), -1],
  ["budget.ratio", (ratio) => new TpsBudget({ ratio }), 1001],
  ["hedge.policy.shouldHedge", (policy) => hedge({ policy }), undefined],
  ["hedge.percentile", (percentile) => hedge({ policy, percentile }), 1.1],
  ["hedge.minimumCalls", (minimumCalls) => hedge({ policy, minimumCalls }), 0],
  ["hedge.periodMs", (periodMs) => hedge({ policy, periodMs }), 0],
  ["hedge.delayMs", (delayMs) => hedge({ policy, delayMs }), -1],
  ["hedge.winner", (winner) => hedge({ policy, winner }), "last"],
  ["fallback.to", (to) => fallback({ to }), undefined],
  ["filter.check", (check) => filter(check), undefined, null, 5],
  ["mapRequest.map", (map) => mapRequest(map), undefined],
  ["mapResponse.map", (map) => mapResponse(map), null],
  ["mapError.map", (map) => mapError(map), null],
  ["andThen.next", (next) => andThen(next), null],
  ["fromFunction.answer", (answer) => fromFunction(answer), null],
  ["steer.pick", (pick) => steer([service], pick), null],
  ["steer.services", (services) => steer(services, () => 0), null],
  ["stack[1]", (layer) => stack(timeout({ limitMs: 1 }), layer), null],
  ["retry.whenDone", (whenDone) => retry({ policy, whenDone }), null],
  ["retry.backoff", (backoff) => retry({ policy, backoff }), null, 5],
  ["hedge.onHedge", (onHedge) => hedge({ policy, onHedge }), 5],
  ["fallback.when", (when) => fallback({ to: () => Promise.resolve(1), when }), 5],
  ["circuitBreaker.isFailure", (isFailure) => circuitBreaker({ isFailure }), true],
  ["adaptiveLimit.algorithm", (algorithm) => adaptiveLimit({ algorithm }), 5],
  ["reconnect.connect", (connect) => openReconnect({ connect }), undefined],
  ["semaphore.capacity", (limit) => concurrencyLimit({ limit }), "5", null],
  ["singleFlight.key", (key) => singleFlight({ key }), undefined, "path"],
  ["rateLimit.calls", (calls) => rateLimit({ calls }), 0, Infinity],
  ["rateLimit.perMs", (perMs) => rateLimit({ calls: 1, perMs }), 0],
  ["rateLimit.burst", (burst) => rateLimit({ calls: 1, burst }), 0],
  ["rateLimit.algorithm", (algorithm) => rateLimit({ calls: 1, algorithm }), "leaky"],
  ["buffer.limit", (limit) => buffer({ limit }), 0],
  ["loadShed.retryAfterMs", (retryAfterMs) => loadShed({ retryAfterMs }), 0],
  ["circuitBreaker.probes", (probes) => circuitBreaker({ probes }), 0],
  ["circuitBreaker.successes", (successes) => new Circuit({ successes }), 0],
  ["circuitBreaker.trip.kind", (kind) => circuitBreaker({ trip: { ...window, kind } as TripRule }), "often"],
  ["circuitBreaker.trip.ratio", (ratio) => circuitBreaker({ trip: { ...window, ratio } }), 0, 1.1],
  ["circuitBreaker.trip.windowMs", (windowMs) => circuitBreaker({ trip: { ...window, windowMs } }), 0],
  [
    "circuitBreaker.trip.failures",
    (failures) => circuitBreaker({ trip: { kind: "consecutive", failures } }),
    0,
  ],
  [
    "circuitBreaker.trip.minimumCalls",
    (minimumCalls) => circuitBreaker({ trip: { ...window, minimumCalls } }),
    0,
  ],
  ["backoff.initialMs", (initialMs) => circuitBreaker({ backoff: { initialMs } }), 0],
  [
    "circuitBreaker.trip.calls",
    (calls) => circuitBreaker({ trip: { kind: "last-calls", calls, ratio: 0.5 } }),
    0,
    100_001,
  ],
  ["adaptiveLimit.algorithm.limit", (limit) => adaptiveLimit({ algorithm: () => fixed(limit) }), 0, "all"],
  ["aimdLimit.initial", (initial) => new AimdLimit({ initial }), 0],
  ["aimdLimit.min", (min) => adaptiveLimit({ algorithm: () => new AimdLimit({ min }) }), 0],
  ["aimdLimit.max", (max) => new AimdLimit({ min: 2, max }), 1],
  ["aimdLimit.ratio", (ratio) => new AimdLimit({ ratio }), 1],
  ["gradientLimit.tolerance", (tolerance) => new GradientLimit({ tolerance }), 0.9],
  ["gradientLimit.smoothing", (smoothing) => new GradientLimit({ smoothing }), 0],
  ["gradientLimit.initial", (initial) => new GradientLimit({ initial }), 3, 1001],
  ["gradientLimit.min", (min) => new GradientLimit({ min }), 0],
  ["gradientLimit.max", (max) => new GradientLimit({ max }), 3],
  ["gradientLimit.queue", (queue) => new GradientLimit({ queue }), -1],
  ["gradientLimit.longWindow", (longWindow) => new GradientLimit({ longWindow }), 1],
  ["waveLimit.initial", (initial) => new WaveLimit({ initial }), 0, Number.NaN],
  ["waveLimit.min", (min) => new WaveLimit({ min }), 0],
  ["waveLimit.max", (max) => new WaveLimit({ min: 5, max }), 4],
  ["callAll.concurrency", (concurrency) => callAll(service, [], { concurrency }), 0],
  [
    "backoff.maxMs",
    (maxMs) => openReconnect({ connect: () => Promise.reject(new Error()), backoff: { maxMs } }),
    0,
  ],
]);
