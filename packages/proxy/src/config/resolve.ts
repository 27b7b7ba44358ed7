import type {
  BalanceSettings,
  HealthSettings,
  LimitSettings,
  ProxySettings,
  TimeoutSettings,
} from "./settings.js";
import type { Tunables } from "./tunables.js";

/** Turns configured names into the settings that workers get, with the unit in each name. */
export function resolveSettings(tunables: Tunables): ProxySettings {
  const { balance, outlier, retry, forward, accessLog } = tunables;
  return {
    balance: resolveBalance(balance),
    health: resolveHealth(tunables.healthCheck),
    outlier: {
      consecutiveFailures: outlier.consecutiveFailures,
      baseEjectionMs: outlier.baseEjection,
      maxEjectionMs: outlier.maxEjection,
      maxEjectedRatio: outlier.maxEjectedRatio,
    },
    timeouts: resolveTimeouts(tunables.timeouts),
    limits: resolveLimits(tunables.limits),
    retry,
    forward,
    accessLog,
    drainMs: tunables.drain,
  };
}

function resolveBalance(balance: Tunables["balance"]): BalanceSettings {
  const { ewmaDecay, slowStart, pinLongest, ...rest } = balance;
  return { ewmaDecayMs: ewmaDecay, slowStartMs: slowStart, pinLongestMs: pinLongest, ...rest };
}

function resolveHealth(health: Tunables["healthCheck"]): HealthSettings {
  const { interval, timeout, ...rest } = health;
  return { intervalMs: interval, timeoutMs: timeout, ...rest };
}

function resolveTimeouts(timeouts: Tunables["timeouts"]): TimeoutSettings {
  return {
    connectMs: timeouts.connect,
    requestHeadMs: timeouts.requestHead,
    requestBodyIdleMs: timeouts.requestBodyIdle,
    responseHeadMs: timeouts.responseHead,
    responseBodyIdleMs: timeouts.responseBodyIdle,
    requestMs: timeouts.request,
    clientIdleMs: timeouts.clientIdle,
    serverIdleMs: timeouts.serverIdle,
    writeIdleMs: timeouts.writeIdle,
    tunnelIdleMs: timeouts.tunnelIdle,
  };
}

function resolveLimits(limits: Tunables["limits"]): LimitSettings {
  return {
    requestLineBytes: limits.requestLine,
    headerLineBytes: limits.headerLine,
    headBytes: limits.head,
    headerCount: limits.headerCount,
    bodyBytes: limits.body,
    bodyRate: limits.bodyRate,
    chunkExtensionBytes: limits.chunkExtension,
    trailerBytes: limits.trailer,
    connections: limits.connections,
    connectionsPerServer: limits.connectionsPerServer,
  };
}
