import { createDialer, type Dialer } from "./connect/dialer.js";
import type { ChannelOptions } from "./options.js";
import type { Resolver } from "./resolve/resolver.js";
import { resolverFor } from "./resolve/resolver-for.js";

/** Where a channel goes: how its addresses are found and connected to, and what requests say of it. */
export interface ChannelTarget {
  readonly label: string;
  readonly resolver: Resolver;
  readonly dial: Dialer;
  /** Scheme, host and port that requests are for: `https://backend.internal`. */
  readonly origin: string;
  /** Host, with a port if need be: `backend.internal`. */
  readonly authority: string;
}

/** Takes a target apart. */
export function channelTarget(target: string | URL, options: ChannelOptions): ChannelTarget {
  const text = String(target);
  const { clock, random } = options;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const named = url && url.hostname !== "" ? url : undefined;
  const encrypted = options.tls === undefined ? url?.protocol === "https:" : options.tls !== false;
  const authority = named?.host ?? "localhost";
  return {
    label: options.label ?? text,
    resolver: options.resolver ?? resolverFor(options.connectTo ?? text, { clock, random }),
    dial:
      options.dialer ??
      createDialer({
        tls: tlsOptions(named, encrypted, options),
        timeoutMs: options.connections?.connectMs,
        clock: options.clock,
      }),
    origin: `${encrypted ? "https" : "http"}://${authority}`,
    authority,
  };
}

function tlsOptions(named: URL | undefined, encrypted: boolean, { tls }: ChannelOptions) {
  if (!encrypted) return false;
  const identity = named?.hostname.replace(/^\[|\]$/g, "");
  return { identity, ...(typeof tls === "object" ? tls : {}) };
}
