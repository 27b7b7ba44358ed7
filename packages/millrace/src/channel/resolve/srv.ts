import { requirePositive, requireText } from "../../base/options.js";
import { ServiceLookup } from "./look-up-service.js";
import { domainName, type LookupOptions, lookupsOf } from "./lookup-options.js";
import type { Resolver } from "./resolver.js";

/** Which service's addresses to find, and how. */
export interface SrvResolverOptions extends LookupOptions {
  /** Name of the SRV records: `_http._tcp.example.com`. */
  readonly name: string;
  /**
   * How long SRV records are relied on that do not tell, in milliseconds. Those of Node never do.
   * @defaultValue 30_000
   */
  readonly srvTtlMs?: number | undefined;
}

/**
 * Makes a resolver of a service by its SRV records (RFC 2782).
 *
 * Of the records, those of the lowest priority are used that have a host with an address; the addresses
 * carry their weights. All the rest is as with `createDnsResolver`.
 *
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function createSrvResolver(options: SrvResolverOptions): Resolver {
  const { name: given, srvTtlMs = 30_000, ...rest } = options;
  requireText("resolver.name", "a domain name", given);
  const name = domainName("resolver.name", given);
  requirePositive("resolver.srvTtlMs", srvTtlMs);
  const lookups = lookupsOf(rest);
  return {
    target: `srv:${name}`,
    watch(listener) {
      const lookup = lookups.shared(`srv ${srvTtlMs}`, name, () => {
        const service = new ServiceLookup(name.replace(/\.$/, ""), lookups.source, srvTtlMs);
        return (signal) => service.look(signal);
      });
      return lookup.subscribe({
        found: (addresses) => listener.resolved(addresses),
        failed: (error) => listener.failed(error),
      });
    },
  };
}
