import { BlockList, isIPv6 } from "node:net";

/** Tells whether the peer at an address is one whose word about the client is believed. */
export type Trust = (address: string) => boolean;

/** Makes the judge of a list of networks (`10.0.0.0/8`) and addresses. */
export function createTrust(networks: readonly string[]): Trust {
  if (networks.length === 0) return () => false;
  const list = new BlockList();
  for (const network of networks) {
    const [address, prefix] = network.split("/") as [string, string | undefined];
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return (address) => {
    const plain = plainAddress(address);
    return plain !== "" && list.check(plain, isIPv6(plain) ? "ipv6" : "ipv4");
  };
}

/** An IPv4 address that an IPv6 socket reports as `::ffff:1.2.3.4`, as IPv4. */
export function plainAddress(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}
