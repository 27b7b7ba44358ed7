import type { Clock, Sweeper } from "millrace/base";
import type { ServeOptions, ServerObserver } from "millrace/wire";
import type { ProxySettings } from "../config/settings.js";
import { errorPage } from "../forward/error-page.js";

/** What the settings mean for the connections of clients. */
export function serverOptions(
  { limits, timeouts }: ProxySettings,
  parts: { readonly observer: ServerObserver; readonly clock: Clock; readonly sweeper: Sweeper },
): ServeOptions {
  return {
    maxConnections: limits.connections ?? Infinity,
    limits: {
      requestLineBytes: limits.requestLineBytes,
      fieldLineBytes: limits.headerLineBytes,
      headBytes: limits.headBytes,
      fieldCount: limits.headerCount,
      bodyBytes: limits.bodyBytes ?? Infinity,
      chunkExtensionBytes: limits.chunkExtensionBytes,
      trailerBytes: limits.trailerBytes,
    },
    timeouts: {
      headMs: timeouts.requestHeadMs ?? Infinity,
      idleMs: timeouts.clientIdleMs ?? Infinity,
      bodyIdleMs: timeouts.requestBodyIdleMs ?? Infinity,
      writeIdleMs: timeouts.writeIdleMs ?? Infinity,
      requestMs: timeouts.requestMs ?? Infinity,
      tunnelIdleMs: timeouts.tunnelIdleMs ?? Infinity,
    },
    minBodyRate: limits.bodyRate ?? 0,
    errorResponse: errorPage,
    ...parts,
  };
}
