import { refusesBadOptions } from "../testing/bad-options.test.fixture.js";
import { MockService } from "../testing/mock-service.js";
import { balance } from "./balance.js";
import { createMemberSet } from "./member-set.js";
import type { BalanceOptions } from "./options.js";
import { bestOfFew } from "./pickers/best-of-few.js";
import { consistentHash } from "./pickers/consistent-hash.js";
import { pinUntilError } from "./pickers/pin-until-error.js";
import { sticky } from "./pickers/sticky.js";
import { subset } from "./subset.js";

const members = () => createMemberSet<string, MockService<string, string>>();
const make = (options: BalanceOptions<string, string, string>) => balance(members(), options);
const keyOf = () => "key";

refusesBadOptions([
  ["balance.panicRatio", (panicRatio) => make({ panicRatio }), -0.1, 1.1, Number.NaN],
  ["balance.whenEmpty", (whenEmpty) => make({ whenEmpty }), "wonder"],
  ["balance.failed", (failed) => make({ failed }), 500],
  ["balance.observer", (observer) => make({ observer }), null],
  ["balance.outlier", (outlier) => make({ outlier }), null, true],
  ["balance.discover.subscribe", (discover) => balance(discover), undefined],
  ["bestOfFew.random", (random) => bestOfFew({ random }), 0.5],
  ["sticky.keyOf", (keyOf) => sticky({ keyOf }), "key"],
  ["consistentHash.keyOf", (keyOf) => consistentHash({ keyOf }), "key"],
  ["consistentHash.balanceFactor", (balanceFactor) => consistentHash({ keyOf, balanceFactor }), "2"],
  ["latency.decayMs", (decayMs) => make({ latency: { decayMs } }), 0],
  ["latency.initialMs", (initialMs) => make({ latency: { initialMs } }), 0],
  ["latency.failurePenaltyMs", (failurePenaltyMs) => make({ latency: { failurePenaltyMs } }), 0],
  [
    "outlier.consecutiveFailures",
    (consecutiveFailures) => make({ outlier: { consecutiveFailures } }),
    0,
    1.5,
  ],
  [
    "outlier.consecutiveConnectFailures",
    (consecutiveConnectFailures) => make({ outlier: { consecutiveConnectFailures } }),
    0,
  ],
  ["outlier.maxEjectionMs", (maxEjectionMs) => make({ outlier: { maxEjectionMs } }), 0],
  ["outlier.forgiveMs", (forgiveMs) => make({ outlier: { forgiveMs } }), -1],
  ["outlier.baseEjectionMs", (baseEjectionMs) => make({ outlier: { baseEjectionMs } }), 0],
  ["outlier.maxEjectedRatio", (maxEjectedRatio) => make({ outlier: { maxEjectedRatio } }), 2],
  ["slowStart.windowMs", (windowMs) => make({ slowStart: { windowMs } }), 0],
  ["slowStart.minRatio", (minRatio) => make({ slowStart: { windowMs: 1, minRatio } }), 0, 1.1],
  ["slowStart.aggression", (aggression) => make({ slowStart: { windowMs: 1, aggression } }), 0],
  [
    "member.weight",
    (weight) => members().insert("a", new MockService(), { weight }),
    0,
    -1,
    Number.NaN,
    Infinity,
    "2",
  ],
  ["bestOfFew.few", (few) => bestOfFew({ few }), 0],
  ["sticky.maxKeys", (maxKeys) => sticky({ keyOf, maxKeys }), 0],
  ["pinUntilError.longestMs", (longestMs) => pinUntilError({ longestMs }), 0],
  [
    "consistentHash.balanceFactor",
    (balanceFactor) => consistentHash({ keyOf, balanceFactor }),
    0.9,
    Number.NaN,
  ],
  ["consistentHash.tableSize", (tableSize) => consistentHash({ keyOf, tableSize }), 1000, 5_000_017],
  ["subset.size", (size) => subset(members(), { client: 0, size }), 0],
  ["subset.client", (client) => subset(members(), { client, size: 1 }), -1],
]);
