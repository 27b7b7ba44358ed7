// What `npm run bench:service` makes calls of: each policy alone, and stacks of them, in three libraries.
import * as layers from "millrace/service";
import { cockatiel, Opossum } from "./peers.mjs";

/** @typedef {import("millrace/service").Service<string, string>} TextService */
/** @typedef {(inner: TextService) => TextService} TextLayer */

const answer = () => Promise.resolve("pong");

/** @type {TextService} */
const bare = { ...layers.fromFunction(answer), call: answer };

const limit = 1_000;
const limitMs = 1_000;
const windowMs = 10_000;

const shouldRetry = (/** @type {string} */ _request, /** @type {object} */ outcome) => "error" in outcome;
const noBudget = { deposit: () => {}, withdraw: () => true };
const consecutive = /** @type {const} */ ({ kind: "consecutive", failures: 5 });

/** Each layer with nothing to do but watch. @type {Readonly<Record<string, () => TextLayer>>} */
const single = {
  timeout: () => layers.timeout({ limitMs }),
  deadline: () => layers.deadline(),
  retry: () => layers.retry({ attempts: 3, policy: { shouldRetry } }),
  "retry, no budget": () => layers.retry({ attempts: 3, policy: { shouldRetry }, budget: noBudget }),
  concurrencyLimit: () => layers.concurrencyLimit({ limit }),
  adaptiveLimit: () => layers.adaptiveLimit(),
  rateLimit: () => layers.rateLimit({ calls: 1e9, burst: 1e9 }),
  circuitBreaker: () => layers.circuitBreaker(),
  "circuitBreaker, failures in a row": () => layers.circuitBreaker({ trip: consecutive }),
  loadShed: () => layers.loadShed(),
  buffer: () => layers.buffer({ limit: 100 }),
  hedge: () => layers.hedge({ policy: { shouldHedge: () => true } }),
  fallback: () => layers.fallback({ to: () => "nothing" }),
  singleFlight: () => layers.singleFlight({ key: (request) => request }),
  filter: () => layers.filter((request) => request),
  asyncFilter: () => layers.asyncFilter((request) => Promise.resolve(request)),
  mapRequest: () => layers.mapRequest((request) => request),
  mapResponse: () => layers.mapResponse((response) => response),
  andThen: () => layers.andThen((response) => Promise.resolve(response)),
};

/** The names of our layers, each of them a contender. */
export const layerNames = Object.keys(single);

const three = () => layers.stack(layers.circuitBreaker(), single.concurrencyLimit(), single.timeout());

/** @type {Readonly<Record<string, () => TextLayer>>} */
const ours = {
  ...single,
  three,
  four: () => layers.stack(single.retry(), three()),
};

/** @type {Readonly<Record<string, () => { execute(answer: () => Promise<string>): Promise<string> }>>} */
const cockatiels = {
  timeout: () => cockatiel.timeout(limitMs, cockatiel.TimeoutStrategy.Aggressive),
  retry: () => cockatiel.retry(cockatiel.handleAll, { maxAttempts: 2 }),
  concurrencyLimit: () => cockatiel.bulkhead(limit),
  circuitBreaker: () => breakerOf(new cockatiel.SamplingBreaker({ threshold: 0.5, duration: windowMs })),
  "circuitBreaker, failures in a row": () => breakerOf(new cockatiel.ConsecutiveBreaker(5)),
  fallback: () => cockatiel.fallback(cockatiel.handleAll, "nothing"),
  three: () =>
    cockatiel.wrap(
      cockatiels["circuitBreaker, failures in a row"](),
      cockatiels.concurrencyLimit(),
      cockatiels.timeout(),
    ),
  four: () => cockatiel.wrap(cockatiels.retry(), cockatiels.three()),
};

/** @type {Readonly<Record<string, object>>} */
const opossums = {
  circuitBreaker: { timeout: false, rollingCountTimeout: windowMs },
  three: { timeout: limitMs, capacity: limit },
};

/** The other libraries, as far as they are installed. */
export const peers = [...(cockatiel ? ["cockatiel"] : []), ...(Opossum ? ["opossum"] : [])];

/**
 * What each row compares: our contender and those of the others that do the same.
 *
 * @type {Readonly<Record<string, { ours: string, theirs?: string }>>}
 */
export const comparisons = {
  "retry + breaker + limit + timeout": { ours: "four" },
  "breaker + limit + timeout": { ours: "three" },
  timeout: { ours: "timeout" },
  retry: { ours: "retry, no budget", theirs: "retry" },
  "retry, ours with its budget": { ours: "retry" },
  "concurrency limit": { ours: "concurrencyLimit" },
  "circuit breaker, share of 10 s": { ours: "circuitBreaker" },
  "circuit breaker, failures in a row": { ours: "circuitBreaker, failures in a row" },
  fallback: { ours: "fallback" },
};

/**
 * A function that makes one call. Each is code of its own, so that no other contender shapes how it is
 * compiled.
 *
 * @param {string} library
 * @param {string} name
 * @returns {() => Promise<string>}
 */
export function contender(library, name) {
  if (library === "none") return () => bare.call("ping", layers.createContext());
  if (library === "millrace") {
    const service = ours[name]()(bare);
    return () => service.call("ping", layers.createContext());
  }
  if (library === "cockatiel") {
    const policy = cockatiels[name]();
    return () => policy.execute(answer);
  }
  const breaker = new Opossum(answer, opossums[name]);
  return () => breaker.fire();
}

/** Whether `library` has a policy `name`. */
export function has(/** @type {string} */ library, /** @type {string} */ name) {
  return name in (library === "cockatiel" ? cockatiels : opossums);
}

function breakerOf(/** @type {unknown} */ breaker) {
  return cockatiel.circuitBreaker(cockatiel.handleAll, { halfOpenAfter: 10_000, breaker });
}
