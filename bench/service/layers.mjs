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

/** @type {Readonly<Record<string, TextLayer>>} */
const layers = {
  timeout: timeout({ limitMs: 1_000 }),
  deadline: deadline(),
  retry: retry({ policy: { shouldRetry: (_request, outcome) => "error" in outcome } }),
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
  const nothing = { name: "no policy", run: caller(bare) };
  const groups = [[nothing], four(), three(), consecutive(), windowed()];
  const contenders = groups.flat();
  const alone = await nanosecondsEach(contenders, effort);
  const crowded = await nanosecondsEach(contenders, { ...effort, atOnce });
  const rows = groups.flatMap((group) =>
    group.map(({ name }) => [
      name,
      ...[alone, crowded].flatMap((costs) => {
        const ns = costs.get(name) ?? NaN;
        return [number(ns), times(ns / (costs.get(group[0].name) ?? NaN))];
      }),
    ]),
  );
  return {
    costs: { alone: Object.fromEntries(alone), crowded: Object.fromEntries(crowded) },
    table: /** @type {Table} */ ({
      title: "One call through the same policies in other libraries",
      columns: ["", "ns, one at a time", "of ours", `ns, ${atOnce} at once`, "of ours"],
      rows,
      notes: [
        "Four is retry(circuit breaker(concurrency limit(timeout))) of 3 attempts, 1,000 calls, 1 s. Three is the same without retry, which opossum has not; timeout and capacity are options of its breaker.",
        "In these two our breaker and opossum's count the calls of the last 10 s, cockatiel's failures in a row, the cheapest of its rules.",
      ],
    }),
  };
}

const atOnce = 100;
const limit = 1_000;
const limitMs = 1_000;
const windowMs = 10_000;

/** @typedef {import("./measure.mjs").Contender} Contender */

/** @returns {Contender[]} */
function four() {
  const ours = /** @type {TextLayer} */ (
    stack(
      retry({ attempts: 3, policy: { shouldRetry: (_request, outcome) => "error" in outcome } }),
      circuitBreaker(),
      concurrencyLimit({ limit }),
      timeout({ limitMs }),
    )
  );
  const contenders = [{ name: "millrace: four", run: caller(ours(bare)) }];
  if (cockatiel !== undefined) {
    const theirs = cockatiel.wrap(
      cockatiel.retry(cockatiel.handleAll, { maxAttempts: 2 }),
      ...cockatielThree(),
    );
    contenders.push({ name: "cockatiel: four", run: () => theirs.execute(answer) });
  }
  return contenders;
}

/** @returns {Contender[]} */
function three() {
  const ours = /** @type {TextLayer} */ (
    stack(circuitBreaker(), concurrencyLimit({ limit }), timeout({ limitMs }))
  );
  const contenders = [{ name: "millrace: three", run: caller(ours(bare)) }];
  if (cockatiel !== undefined) {
    const theirs = cockatiel.wrap(...cockatielThree());
    contenders.push({ name: "cockatiel: three", run: () => theirs.execute(answer) });
  }
  if (Opossum !== undefined) {
    const theirs = new Opossum(answer, { timeout: limitMs, capacity: limit });
    contenders.push({ name: "opossum: three", run: () => theirs.fire() });
  }
  return contenders;
}

/** @returns {Contender[]} */
function consecutive() {
  const ours = /** @type {TextLayer} */ (circuitBreaker({ trip: { kind: "consecutive", failures: 5 } }));
  const contenders = [{ name: "millrace: breaker, failures in a row", run: caller(ours(bare)) }];
  if (cockatiel !== undefined) {
    const theirs = cockatielBreaker(new cockatiel.ConsecutiveBreaker(5));
    contenders.push({ name: "cockatiel: breaker, failures in a row", run: () => theirs.execute(answer) });
  }
  return contenders;
}

/** @returns {Contender[]} */
function windowed() {
  const ours = /** @type {TextLayer} */ (circuitBreaker());
  const contenders = [{ name: "millrace: breaker, share of 10 s", run: caller(ours(bare)) }];
  if (cockatiel !== undefined) {
    const theirs = cockatielBreaker(new cockatiel.SamplingBreaker({ threshold: 0.5, duration: windowMs }));
    contenders.push({ name: "cockatiel: breaker, share of 10 s", run: () => theirs.execute(answer) });
  }
  if (Opossum !== undefined) {
    const theirs = new Opossum(answer, { timeout: false, rollingCountTimeout: windowMs });
    contenders.push({ name: "opossum: breaker, share of 10 s", run: () => theirs.fire() });
  }
  return contenders;
}

/** Breaker, limit and time limit, the outermost first. */
function cockatielThree() {
  const { bulkhead, ConsecutiveBreaker, TimeoutStrategy } = cockatiel;
  return [
    cockatielBreaker(new ConsecutiveBreaker(5)),
    bulkhead(limit),
    cockatiel.timeout(limitMs, TimeoutStrategy.Aggressive),
  ];
}

function cockatielBreaker(/** @type {unknown} */ breaker) {
  return cockatiel.circuitBreaker(cockatiel.handleAll, { halfOpenAfter: 10_000, breaker });
}

function caller(/** @type {TextService} */ service) {
  return () => service.call("ping", createContext());
}
