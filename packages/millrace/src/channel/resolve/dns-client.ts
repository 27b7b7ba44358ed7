import { Resolver } from "node:dns/promises";
import { invalidOption, requirePositive, requireWhole } from "../../base/options.js";

/** An address that a name has. */
export interface AddressRecord {
  /** The IP address. */
  readonly address: string;
  /** For how long that may be relied on, in seconds. */
  readonly ttl: number;
}

/** A place where a service is offered (RFC 2782). */
export interface ServiceRecord {
  /** Host name of the place. */
  readonly name: string;
  /** Port, from 1 to 65535. */
  readonly port: number;
  /** Those of the lowest are to be used while there are any. */
  readonly priority: number;
  /** Share of the traffic among those of one priority. */
  readonly weight: number;
  /** For how long that may be relied on, in seconds; `undefined` when nobody knows. */
  readonly ttl?: number | undefined;
}

/**
 * Asks DNS servers. Rejections with the code `ENOTFOUND` or `ENODATA` say that there is no such record;
 * any other says that it could not be found out. Once `signal` aborts, nobody waits for the answer.
 */
export interface DnsClient {
  /** Asks for the A (4) or AAAA (6) records of a full name. */
  addresses(name: string, family: 4 | 6, signal: AbortSignal): Promise<readonly AddressRecord[]>;
  /** Asks for the SRV records of a full name. */
  services(name: string, signal: AbortSignal): Promise<readonly ServiceRecord[]>;
}

/** Whom to ask, and how patiently. */
export interface DnsClientOptions {
  /**
   * Servers to ask, as IP addresses with or without a port: `10.0.0.53`, `[::1]:5353`.
   * @defaultValue those of the system, as they are at each question
   */
  readonly servers?: readonly string[] | undefined;
  /**
   * First wait for an answer, in milliseconds; it grows with each try.
   * @defaultValue 2_000
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Tries with each server.
   * @defaultValue 3
   */
  readonly tries?: number | undefined;
}

/** The longest wait that Node takes: 24.8 days. */
const longestTimeoutMs = 2 ** 31 - 1;

/**
 * Makes a client that asks through Node's own resolver (c-ares). It keeps nothing between questions, and so
 * follows changes of the system's servers.
 *
 * @throws MillraceError `invalid-options` when an option is out of its range, or a server is no IP address
 */
export function createDnsClient(options: DnsClientOptions = {}): DnsClient {
  const { servers, timeoutMs = 2_000, tries = 3 } = options;
  requirePositive("dns.timeoutMs", timeoutMs);
  requireWhole("dns.tries", tries, 1, 100);
  const make = () => {
    const resolver = new Resolver({ timeout: Math.min(Math.ceil(timeoutMs), longestTimeoutMs), tries });
    if (servers) resolver.setServers(servers);
    return resolver;
  };
  requireServers(servers, make);
  return {
    addresses: (name, family, signal) =>
      ask(make(), signal, (resolver) =>
        family === 4 ? resolver.resolve4(name, { ttl: true }) : resolver.resolve6(name, { ttl: true }),
      ),
    services: (name, signal) => ask(make(), signal, (resolver) => resolver.resolveSrv(name)),
  };
}

/** Each question has a resolver of its own: cancelling one takes all its questions with it. */
async function ask<T>(
  resolver: Resolver,
  signal: AbortSignal,
  question: (resolver: Resolver) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const cancel = () => resolver.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  try {
    return await question(resolver);
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

function requireServers(servers: readonly string[] | undefined, make: () => Resolver): void {
  if (!servers) return;
  const expected = "IP addresses, with a port or without";
  if (servers.length === 0) throw invalidOption("dns.servers", expected, "none");
  try {
    make();
  } catch {
    throw invalidOption("dns.servers", expected, servers.join(", "));
  }
}
