import { isIP } from "node:net";
import { requireText, requireWhole } from "../../base/options.js";
import { type Address, distinctAddresses, tcpAddress } from "./address.js";
import { HostLookup } from "./look-up-host.js";
import { domainName, type LookupOptions, lookupsOf } from "./lookup-options.js";
import type { Resolver } from "./resolver.js";
import { createStaticResolver } from "./static.js";

/** Which host's addresses to find, and how. */
export interface DnsResolverOptions extends LookupOptions {
  /** Host name or IP address. An IP address is told at once, and is final. */
  readonly host: string;
  /** Port of the addresses, from 1 to 65535. */
  readonly port: number;
}

/**
 * Makes a resolver of a host name: hosts file, then A and AAAA records.
 *
 * Answers are followed by their TTL, at least `minTtlMs` apart, with up to a second of chance. A look-up that
 * fails or finds nothing is tried again after 500 ms, then half as long again each time up to a minute,
 * give or take half; what was told before stands meanwhile. One look-up serves all resolvers of a name with the
 * same settings, however many channels there are, and `refresh()` never asks sooner than `minTtlMs` after the
 * last question.
 *
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function createDnsResolver(options: DnsResolverOptions): Resolver {
  const { host: given, port, ...rest } = options;
  requireText("resolver.host", "a host", given);
  requireWhole("resolver.port", port, 1, 65_535);
  const host = given.replace(/^\[|\]$/g, "");
  const lookups = lookupsOf(rest);
  if (isIP(host)) return createStaticResolver([tcpAddress(host, port)]);
  const name = domainName("resolver.host", host);
  return {
    target: `${name}:${port}`,
    watch(listener) {
      const lookup = lookups.shared<readonly string[]>("host", name, () => {
        const host = new HostLookup(name, lookups.source);
        return (signal, early) => host.look(signal, early);
      });
      return lookup.subscribe({
        found: (hosts) => listener.resolved(addressesOf(hosts, port)),
        failed: (error) => listener.failed(error),
      });
    },
  };
}

function addressesOf(hosts: readonly string[], port: number): readonly Address[] {
  return distinctAddresses(hosts.map((host) => tcpAddress(host, port)));
}
