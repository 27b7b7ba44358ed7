import { BlockList, isIP, isIPv6 } from "node:net";

/** Tells whether the peer at an address is one whose word about the client is believed. */
export type Trust = (address: string) => boolean;

/** Makes the judge of a list of networks (`10.0.0.0/8`) and addresses. */
export function createTrust(networks: readonly string[]): Trust {
  if (networks.length === 0) return () => false;
  const list = new BlockList();
  for (const network of networks) {
    const [written, bits] = network.split("/") as [string, string | undefined];
    const address = plainAddress(written);
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    const prefix = bits === undefined ? undefined : Number(bits) - (address === written ? 0 : mappedBits);
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Math.max(prefix, 0), family);
  }
  return (address) => {
    const plain = plainAddress(address);
    return isIP(plain) !== 0 && list.check(plain, isIPv6(plain) ? "ipv6" : "ipv4");
  };
}

/** Bits of `::ffff:0:0/96`, in front of an IPv4 address written as IPv6. */
const mappedBits = 96;

/**
 * An address as others may hear of it: IPv4 that an IPv6 socket reports as `::ffff:1.2.3.4` as IPv4,
 * and without the name of a network interface (`%eth0`).
 */
export function plainAddress(address: string): string {
  if (!address.includes(":")) return address;
  if (address.startsWith("::ffff:") && address.includes(".")) return address.slice(7);
  const zone = address.indexOf("%");
  return zone < 0 ? address : address.slice(0, zone);
}
