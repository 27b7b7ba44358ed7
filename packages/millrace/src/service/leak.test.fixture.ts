// Makes a million calls and tells what they left behind. A program of its own: under the test runner, which
// watches every promise, it would take ten times as long.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parentPort } from "node:worker_threads";
import { balance } from "../balance/balance.js";
import { createMemberSet } from "../balance/member-set.js";
import { MillraceError } from "../base/errors.js";
import { VirtualClock } from "../testing/virtual-clock.js";
import { createContext } from "./context.js";
import { fromFunction } from "./from-function.js";
import { AimdLimit } from "./limit/aimd-limit.js";
import { adaptiveLimit } from "./middleware/adaptive-limit.js";
import { buffer } from "./middleware/buffer.js";
import { circuitBreaker } from "./middleware/circuit-breaker.js";
import { concurrencyLimit } from "./middleware/concurrency-limit.js";
import { deadline } from "./middleware/deadline.js";
import { fallback } from "./middleware/fallback.js";
import { filter } from "./middleware/filter.js";
import { hedge } from "./middleware/hedge.js";
import { mapResponse } from "./middleware/map.js";
import { rateLimit } from "./middleware/rate-limit.js";
import { retry } from "./middleware/retry.js";
import { singleFlight } from "./middleware/single-flight.js";
import { timeout } from "./middleware/timeout.js";
import type { Service } from "./service.js";
import { stack } from "./stack.js";

/** What the calls left behind. */
export interface Remains {
  readonly heapBytes: number;
  readonly timers: number;
}

const { clock, service } = setup();
const context = createContext({ deadline: Number.MAX_SAFE_INTEGER });
await callMany(service, context, 100_000);
const before = heapBytes();
await callMany(service, context, 1_000_000);
const remains: Remains = { heapBytes: heapBytes() - before, timers: clock.pending };
parentPort?.postMessage(remains);

async function callMany(
  service: Service<number, number>,
  context: ReturnType<typeof createContext>,
  count: number,
): Promise<void> {
  for (let done = 0; done < count; done += 50) {
    const calls = Array.from({ length: 50 }, (_, index) =>
      service.call(done + index, context).catch(() => {}),
    );
    await Promise.all(calls);
  }
}

function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}

/** One call in a hundred fails and is tried again, and one in fifty waits in line. */
function setup() {
  const clock = new VirtualClock();
  const policy = {
    shouldRetry: (_request: number, outcome: object) => "error" in outcome,
    shouldHedge: () => true,
  };
  const peer = fromFunction((request: number) => {
    if (request % 100 === 0) throw new MillraceError("cut", { code: "connection-lost", unsent: false });
    return request;
  });
  const members = createMemberSet<string, Service<number, number>>();
  for (const key of "abc") members.insert(key, peer);
  const trip = { kind: "time-window", windowMs: 10_000, ratio: 1 } as const;
  const service = stack<Service<number, number>>(
    deadline({ clock }),
    timeout({ limitMs: 1000, clock }),
    singleFlight({ key: (request) => request }),
    buffer({ limit: 100 }),
    rateLimit({ calls: 1e9, clock }),
    hedge({ policy, delayMs: 100, clock }),
    retry({ policy, clock }),
    circuitBreaker({ trip, clock }),
    adaptiveLimit({ algorithm: () => new AimdLimit({ initial: 60, min: 60 }), clock }),
    concurrencyLimit({ limit: 49 }),
    fallback({ to: (request) => request, when: (outcome) => "response" in outcome && outcome.response < 0 }),
    filter((request) => request),
    mapResponse((response: number) => response),
  )(balance(members, { clock, outlier: { maxEjectedRatio: 0.3 } }));
  return { clock, service };
}
