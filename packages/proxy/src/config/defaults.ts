import type { ProxySettings } from "./settings.js";

const kibibyte = 1024;

/** What the proxy does when it is told nothing. */
export const defaultSettings: ProxySettings = {
  balance: {
    policy: "p2c-ewma",
    panicRatio: 0.5,
    ewmaDecayMs: 10_000,
    slowStartMs: null,
    hashBy: "client",
    hashBound: null,
    stickyKeys: 10_000,
    pinLongestMs: 600_000,
    subset: null,
    subsetOffset: 0,
  },
  health: {
    intervalMs: 10_000,
    timeoutMs: 2_000,
    path: "/",
    expectedStatuses: [[200, 299]],
    healthyThreshold: 2,
    unhealthyThreshold: 3,
    jitter: 0.1,
  },
  outlier: { consecutiveFailures: 5, baseEjectionMs: 10_000, maxEjectionMs: 300_000, maxEjectedRatio: 0.5 },
  timeouts: {
    connectMs: 2_000,
    requestHeadMs: 10_000,
    requestBodyIdleMs: 30_000,
    responseHeadMs: 30_000,
    // Server-sent events keep their streams alive with a comment every 15 to 30 seconds.
    responseBodyIdleMs: 60_000,
    requestMs: null,
    clientIdleMs: 60_000,
    serverIdleMs: 4_000,
    writeIdleMs: 30_000,
    tunnelIdleMs: 3_600_000,
  },
  limits: {
    requestLineBytes: 16 * kibibyte,
    headerLineBytes: 16 * kibibyte,
    headBytes: 64 * kibibyte,
    headerCount: 100,
    bodyBytes: null,
    bodyRate: 500,
    chunkExtensionBytes: 4 * kibibyte,
    trailerBytes: 16 * kibibyte,
    connections: 10_000,
    connectionsPerServer: null,
  },
  retry: { attempts: 1, on: ["connect-failure", "reset"], budgetRatio: 0.2, budgetPerSecond: 10 },
  forward: {
    host: "keep",
    via: "millrace",
    forwardedHeaders: "both",
    trustedProxies: [],
    requestId: true,
    upgrades: ["websocket"],
  },
  accessLog: { format: "off" },
  drainMs: 30_000,
};
