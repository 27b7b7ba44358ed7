import { Backoff } from "../base/backoff.js";
import { Semaphore } from "../base/semaphore.js";
import { refusesBadOptions } from "../testing/bad-options.test.fixture.js";
import { Circuit } from "./breaker/circuit.js";
import type { TripRule } from "./breaker/trip.js";
import { callAll } from "./call-all.js";
import { fromFunction } from "./from-function.js";
import { AimdLimit } from "./limit/aimd-limit.js";
import { GradientLimit } from "./limit/gradient-limit.js";
import { buffer } from "./middleware/buffer.js";
import { circuitBreaker } from "./middleware/circuit-breaker.js";
import { concurrencyLimit } from "./middleware/concurrency-limit.js";
import { deadline } from "./middleware/deadline.js";
import { hedge } from "./middleware/hedge.js";
import { loadShed } from "./middleware/load-shed.js";
import { rateLimit } from "./middleware/rate-limit.js";
import { retry } from "./middleware/retry.js";
import { timeout } from "./middleware/timeout.js";
import { openReconnect } from "./reconnect.js";
import { TpsBudget } from "./retry/budget.js";

const policy = { shouldRetry: () => false, shouldHedge: () => false };
const service = fromFunction((request: string) => request);
const window = { kind: "time-window", windowMs: 1000, ratio: 0.5 } as const;

refusesBadOptions([
  ["backoff.initialMs", (initialMs) => new Backoff({ initialMs }), 0, Number.NaN],
  ["backoff.maxMs", (maxMs) => new Backoff({ maxMs }), -1],
  ["backoff.factor", (factor) => new Backoff({ factor }), 0.5],
  ["backoff.jitter", (jitter) => new Backoff({ jitter }), 1.5, "some"],
  ["semaphore.capacity", (capacity) => new Semaphore(capacity), 0, 1.5],
  ["semaphore.capacity", (limit) => concurrencyLimit({ limit }), 0],
  ["timeout.limitMs", (limitMs) => timeout({ limitMs }), 0, Number.NaN, "10"],
  ["deadline.neededMs", (neededMs) => deadline({ neededMs }), -1, Infinity],
  ["retry.attempts", (attempts) => retry({ policy, attempts }), 0, 2.5],
  ["backoff.factor", (factor) => retry({ policy, backoff: { factor } }), 0],
  ["budget.windowMs", (windowMs) => new TpsBudget({ windowMs }), 999, 60_001],
  ["budget.reservePerSecond", (reservePerSecond) => new TpsBudget({ reservePerSecond }), -1],
  ["budget.ratio", (ratio) => new TpsBudget({ ratio }), 1001],
  ["hedge.percentile", (percentile) => hedge({ policy, percentile }), 1.1],
  ["hedge.minimumCalls", (minimumCalls) => hedge({ policy, minimumCalls }), 0],
  ["hedge.periodMs", (periodMs) => hedge({ policy, periodMs }), 0],
  ["hedge.delayMs", (delayMs) => hedge({ policy, delayMs }), -1],
  ["hedge.winner", (winner) => hedge({ policy, winner }), "last"],
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
  ["aimdLimit.initial", (initial) => new AimdLimit({ initial }), 0],
  ["aimdLimit.ratio", (ratio) => new AimdLimit({ ratio }), 1],
  ["gradientLimit.tolerance", (tolerance) => new GradientLimit({ tolerance }), 0.9],
  ["gradientLimit.smoothing", (smoothing) => new GradientLimit({ smoothing }), 0],
  ["callAll.concurrency", (concurrency) => callAll(service, [], { concurrency }), 0],
  [
    "backoff.maxMs",
    (maxMs) => openReconnect({ connect: () => Promise.reject(new Error()), backoff: { maxMs } }),
    0,
  ],
]);
