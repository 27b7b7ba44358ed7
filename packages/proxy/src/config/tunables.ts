import { duration, section } from "millrace/config";
import { z } from "zod";
import { defaultSettings as defaults } from "./defaults.js";
import { choice, flag, quantity, ratio, whole } from "./fields.js";
import { hashBy } from "./hash-by.js";
import { networks, pseudonym, tokens } from "./header-values.js";
import { healthCheckFields } from "./health-check.js";
import { limits, timeouts } from "./limits.js";
import { countLimit, durationLimit, factorLimit } from "./measures.js";

const balance = section({
  policy: choice("How a server is chosen.", [
    "p2c-ewma",
    "p2c-in-flight",
    "round-robin",
    "least-request",
    "consistent-hash",
    "sticky",
    "pin-until-error",
  ]).default(defaults.balance.policy),
  panicRatio: ratio("Below this share of healthy servers all of them are used; 0 never.").default(
    defaults.balance.panicRatio,
  ),
  ewmaDecay: duration("Time in which an old latency sample fades.").default(defaults.balance.ewmaDecayMs),
  slowStart: durationLimit("In which a new server comes to its full share.").default(
    defaults.balance.slowStartMs,
  ),
  hashBy: hashBy("What requests have in common that go to the same server.").default(defaults.balance.hashBy),
  hashBound: factorLimit("Most requests of a hashed server, as a multiple of its share.").default(
    defaults.balance.hashBound,
  ),
  stickyKeys: whole("Keys whose server one worker remembers.", 1, 10_000_000).default(
    defaults.balance.stickyKeys,
  ),
  pinLongest: durationLimit("For which a worker stays with one server.").default(
    defaults.balance.pinLongestMs,
  ),
  subset: countLimit("Servers that one worker uses at most.").default(defaults.balance.subset),
  subsetOffset: whole("Number of the first worker among those of all proxies.", 0, 1_000_000).default(
    defaults.balance.subsetOffset,
  ),
}).prefault({});

const { interval, timeout, path, expectedStatuses, healthyThreshold, unhealthyThreshold, jitter } =
  healthCheckFields;

const healthCheck = section({
  interval: interval.default(defaults.health.intervalMs),
  timeout: timeout.default(defaults.health.timeoutMs),
  path: path.default(defaults.health.path),
  expectedStatuses: expectedStatuses.default(
    defaults.health.expectedStatuses.map(([first, last]) => [first, last]),
  ),
  healthyThreshold: healthyThreshold.default(defaults.health.healthyThreshold),
  unhealthyThreshold: unhealthyThreshold.default(defaults.health.unhealthyThreshold),
  jitter: jitter.default(defaults.health.jitter),
}).prefault({});

const outlier = section({
  consecutiveFailures: countLimit("Failures in a row, in real traffic, that eject a server.").default(
    defaults.outlier.consecutiveFailures,
  ),
  baseEjection: duration("Length of a first ejection.").default(defaults.outlier.baseEjectionMs),
  maxEjection: duration("Longest ejection.").default(defaults.outlier.maxEjectionMs),
  maxEjectedRatio: ratio("Largest share of the pool that may be ejected at a time.").default(
    defaults.outlier.maxEjectedRatio,
  ),
}).prefault({});

const retry = section({
  attempts: whole("Tries on another server after the first.", 0, 10).default(defaults.retry.attempts),
  on: z
    .array(
      choice("A failure worth another try.", ["connect-failure", "reset", "timeout", "502", "503", "504"]),
      "expected a list of failures",
    )
    .default([...defaults.retry.on])
    .meta({ description: "Failures worth another try." }),
  budgetRatio: ratio("Retries allowed as a share of requests.").default(defaults.retry.budgetRatio),
  budgetPerSecond: quantity("Retries a second and worker allowed whatever the traffic.", 0, 1e6).default(
    defaults.retry.budgetPerSecond,
  ),
}).prefault({});

const forward = section({
  host: choice("Host header for the server: the client's (keep) or its own (rewrite).", [
    "keep",
    "rewrite",
  ]).default(defaults.forward.host),
  via: pseudonym("Name written into `Via`, or false for none.").default(defaults.forward.via),
  forwardedHeaders: choice("Which forwarding headers are written.", [
    "x-forwarded",
    "forwarded",
    "both",
    "none",
  ]).default(defaults.forward.forwardedHeaders),
  trustedProxies: networks("Networks whose own forwarding headers are believed.").default([]),
  requestId: flag("Whether a request without X-Request-Id gets one.").default(defaults.forward.requestId),
  upgrades: tokens("Protocols that a connection may be upgraded to.").default([...defaults.forward.upgrades]),
}).prefault({});

const accessLog = section({
  format: choice("Format of the access log.", ["off", "common", "combined", "json"]).default(
    defaults.accessLog.format,
  ),
}).prefault({});

/** The settings that the admin API changes while the proxy runs, by section. */
export const tunableSections = {
  balance,
  healthCheck,
  outlier,
  timeouts,
  limits,
  retry,
  forward,
  accessLog,
  drain: duration("How long a stopping proxy lets requests in flight go on.", 0).default(defaults.drainMs),
};

/** {@link tunableSections} as the document that `GET /config` shows. */
export const tunablesSchema = section(tunableSections);

/** Tunable settings, checked and whole: milliseconds and bytes. */
export type Tunables = z.output<typeof tunablesSchema>;

/** Tunable settings as people write them: `10s`, `16KiB`, `none`, with gaps. */
export type TunablesDocument = z.input<typeof tunablesSchema>;
