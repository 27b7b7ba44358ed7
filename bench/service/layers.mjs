import {
  adaptiveLimit,
  andThen,
  buffer,
  circuitBreaker,
  concurrencyLimit,
  createContext,
  deadline,
  fallback,
  filter,
  fromFunction,
  loadShed,
  mapResponse,
  rateLimit,
  retry,
  singleFlight,
  stack,
  timeout,
} from "millrace/service";
import { number, times } from "../proxy/table.mjs";
import { nanosecondsEach } from "./measure.mjs";
import { cockatiel, Opossum } from "./peers.mjs";

/** @typedef {import("millrace/service").Service<string, string>} TextService */
/** @typedef {(inner: TextService) => TextService} TextLayer */
/** @typedef {import("../proxy/table.mjs").Table} Table */

const answer = () => Promise.resolve("pong");

/** @type {TextService} */
const bare = { ...fromFunction(answer), call: answer };

const isError = (/** @type {import("millrace/service").Outcome<string>} */ outcome) => "error" in outcome;

/** @type {Readonly<Record<string, TextLayer>>} */
const layers = {
  timeout: timeout({ limitMs: 1_000 }),
  deadline: deadline(),
  retry: retry({ policy: { shouldRetry: (_request, outcome) => isError(outcome) } }),
  concurrencyLimit: concurrencyLimit({ limit: 100 }),
  adaptiveLimit: adaptiveLimit(),
  rateLimit: rateLimit({ calls: 1e9, burst: 1e9 }),
  circuitBreaker: circuitBreaker(),
  loadShed: loadShed(),
  buffer: buffer({ limit: 100 }),
  fallback: fallback({ to: () => "nothing" }),
  singleFlight: singleFlight({ key: (request) => request }),
  filter: filter((request) => request),
  mapResponse: mapResponse((response) => response),
  andThen: andThen((response) => Promise.resolve(response)),
};

/** What one call costs that passes through a layer which has nothing to do. */
export async function layerCosts(/** @type {{ rounds: number, calls: number }} */ effort) {
  const contenders = [
    { name: "no layer", run: caller(bare) },
    ...Object.entries(layers).map(([name, layer]) => ({ name, run: caller(layer(bare)) })),
  ];
  const costs = await nanosecondsEach(contenders, effort);
  const base = costs.get("no layer") ?? NaN;
  const rows = Array.from(costs, ([name, ns]) => [
    name,
    number(ns),
    name === "no layer" ? "" : number(ns - base),
  ]);
  return {
    costs,
    table: /** @type {Table} */ ({
      title: "One call through one layer",
      columns: ["layer", "ns", "more than none"],
      rows,
      notes: ["Each call has a context of its own. The service answers with a promise that is settled."],
    }),
  };
}

/** The same policies in three libraries, with one call at a time and with many. */
export async function stackCosts(/** @type {{ rounds: number, calls: number }} */ effort) {
  const contenders = [...ours(), ...cockatiels(), ...opossums()];
  const alone = await nanosecondsEach(contenders, effort);
  const crowded = await nanosecondsEach(contenders, { ...effort, atOnce });
  const rows = contenders.map(({ name, beside }) => [
    name,
    ...[alone, crowded].flatMap((costs) => {
      const ns = costs.get(name) ?? NaN;
      return [number(ns), times(ns / (costs.get(beside) ?? NaN))];
    }),
  ]);
  return {
    costs: { alone: Object.fromEntries(alone), crowded: Object.fromEntries(crowded) },
    table: /** @type {Table} */ ({
      title: "One call through the same policies in other libraries",
      columns: ["", "ns, one at a time", "of ours", `ns, ${atOnce} at once`, "of ours"],
      rows,
      notes: [
        "Four is retry(circuit breaker(concurrency limit(timeout))) of 3 attempts, 1,000 calls, 1 s. Three is",
        "the same without retry, which opossum has not: timeout and capacity are options of its breaker.",
        "cockatiel breaks after 5 failures in a row, the cheapest of its rules; opossum keeps statistics.",
      ],
    }),
  };
}

const atOnce = 100;
const limit = 1_000;
const limitMs = 1_000;
const four = "millrace: four";
const three = "millrace: three";
const breaker = "millrace: breaker alone";

function ours() {
  const again = retry({ attempts: 3, policy: { shouldRetry: (_request, outcome) => isError(outcome) } });
  const inner = () =>
    /** @type {TextLayer} */ (stack(circuitBreaker(), concurrencyLimit({ limit }), timeout({ limitMs })));
  return [
    { name: four, beside: four, run: caller(/** @type {TextLayer} */ (again)(inner()(bare))) },
    { name: three, beside: three, run: caller(inner()(bare)) },
    { name: breaker, beside: breaker, run: caller(layers.circuitBreaker(bare)) },
  ];
}

function cockatiels() {
  if (cockatiel === undefined) return [];
  const { bulkhead, circuitBreaker: opens, ConsecutiveBreaker, handleAll, TimeoutStrategy, wrap } = cockatiel;
  const breaks = () => opens(handleAll, { halfOpenAfter: 10_000, breaker: new ConsecutiveBreaker(5) });
  const within = () => cockatiel.timeout(limitMs, TimeoutStrategy.Aggressive);
  const ofFour = wrap(cockatiel.retry(handleAll, { maxAttempts: 2 }), breaks(), bulkhead(limit), within());
  const ofThree = wrap(breaks(), bulkhead(limit), within());
  const alone = breaks();
  return [
    { name: "cockatiel: four", beside: four, run: () => ofFour.execute(answer) },
    { name: "cockatiel: three", beside: three, run: () => ofThree.execute(answer) },
    { name: "cockatiel: breaker alone", beside: breaker, run: () => alone.execute(answer) },
  ];
}

function opossums() {
  if (Opossum === undefined) return [];
  const ofThree = new Opossum(answer, { timeout: limitMs, capacity: limit });
  const alone = new Opossum(answer, { timeout: false });
  return [
    { name: "opossum: three", beside: three, run: () => ofThree.fire() },
    { name: "opossum: breaker alone", beside: breaker, run: () => alone.fire() },
  ];
}

function caller(/** @type {TextService} */ service) {
  return () => service.call("ping", createContext());
}
