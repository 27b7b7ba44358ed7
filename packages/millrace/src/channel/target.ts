import type { Clock } from "../base/clock.js";
import {
  invalidOption,
  requireFunctions,
  requireGroup,
  requireOptionalFunctions,
  requireText,
} from "../base/options.js";
import type { Random } from "../base/random.js";
import { createDialer, type Dialer } from "./connect/dialer.js";
import { requireOrigin } from "./require-origin.js";
import type { Resolver } from "./resolve/resolver.js";
import { resolverFor } from "./resolve/resolver-for.js";
import type { ClientTlsOptions } from "./tls/client-tls.js";

/** Where a channel goes, and as whom it takes the one who answers. */
export interface ChannelTargetOptions {
  /** Names the channel in events, metrics and messages. @defaultValue the target */
  readonly label?: string | undefined;
  /**
   * Where to connect to, if that is not where the target points: a target in its turn. The target then
   * says who must answer, and for which host requests are.
   */
  readonly connectTo?: string | URL | undefined;
  /** Finds the addresses. @defaultValue that of `connectTo`, or of the target */
  readonly resolver?: Resolver | undefined;
  /**
   * Speaks TLS, and with whom.
   * @defaultValue as the target says: `https` does, and its host must answer
   */
  readonly tls?: ClientTlsOptions | boolean | undefined;
  /**
   * Connects to addresses in its own way, through a proxy say. Then `tls` and `connections.connectMs` say
   * nothing.
   * @defaultValue TCP or a unix socket, with TLS as `tls` says
   */
  readonly dialer?: Dialer | undefined;
  /** How long connecting may take. */
  readonly connections?: { readonly connectMs?: number | undefined } | undefined;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock | undefined;
  /** @defaultValue `systemRandom` */
  readonly random?: Random | undefined;
}

/** A target taken apart: how its addresses are found and connected to, and what requests say of it. */
export interface ChannelTarget {
  readonly label: string;
  readonly resolver: Resolver;
  readonly dial: Dialer;
  /** Scheme, host and port that requests are for: `https://backend.internal`. */
  readonly origin: string;
  /** Host, with a port if need be: `backend.internal`. */
  readonly authority: string;
}

/**
 * Takes a target apart.
 *
 * @throws MillraceError `invalid-options` when it cannot be read, or says more than where to go
 */
export function channelTarget(target: string | URL, options: ChannelTargetOptions): ChannelTarget {
  const text = String(target);
  const { clock, random } = options;
  const named = originOf("channel.target", target);
  if (options.connectTo !== undefined) originOf("channel.connectTo", options.connectTo);
  const { label, resolver, tls } = options;
  if (label !== undefined) requireText("channel.label", "a name", label);
  if (resolver !== undefined) requireFunctions("channel.resolver", resolver, "watch");
  requireOptionalFunctions("channel", options, "dialer");
  if (typeof tls !== "boolean") requireGroup("channel.tls", tls);
  const encrypted = isEncrypted(named, options);
  const authority = named?.host ?? "localhost";
  return {
    label: label ?? text,
    resolver: resolver ?? resolverFor(options.connectTo ?? text, { clock, random }),
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

/** The URL of a target with a host; `undefined` for one of another kind. */
function originOf(path: string, target: string | URL): URL | undefined {
  const text = String(target);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.hostname === "") return undefined;
  requireOrigin(path, url);
  return url;
}

function isEncrypted(named: URL | undefined, { tls, dialer }: ChannelTargetOptions): boolean {
  if (tls !== undefined) return tls !== false;
  const scheme = named?.protocol ?? "http:";
  if (scheme === "https:") return true;
  if (scheme === "http:" || scheme === "tcp:" || dialer) return false;
  // Whoever writes wss: or grpcs: wants TLS; to go on in plain text would be the worst of guesses.
  throw invalidOption("channel.tls", `true or false, which ${scheme} leaves open`, tls);
}

function tlsOptions(named: URL | undefined, encrypted: boolean, { tls }: ChannelTargetOptions) {
  if (!encrypted) return false;
  const identity = named?.hostname.replace(/^\[|\]$/g, "");
  return { identity, ...(typeof tls === "object" ? tls : {}) };
}
