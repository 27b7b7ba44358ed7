import { isIP, isIPv6 } from "node:net";
import { invalidOption, requireGroup, requireText } from "../../base/options.js";

/** Where a TCP connection can be made to. */
export interface TcpAddress {
  readonly kind: "tcp";
  /** An IPv4 or IPv6 address without brackets; never a name. */
  readonly host: string;
  /** Port, from 1 to 65535. */
  readonly port: number;
  /** Share of the traffic in relation to others, more than 0. @defaultValue 1 */
  readonly weight?: number | undefined;
}

/** A unix socket that can be connected to. */
export interface UnixAddress {
  readonly kind: "unix";
  /** Path of the socket. */
  readonly path: string;
  /** Share of the traffic in relation to others, more than 0. @defaultValue 1 */
  readonly weight?: number | undefined;
}

/** Where a connection can be made to: an address, never a name. */
export type Address = TcpAddress | UnixAddress;

/**
 * Tells addresses apart: `10.0.0.1:80`, `[::1]:80`, `unix:/run/x.sock`. Two addresses with one key are
 * the same, whatever their weights.
 */
export function addressKey(address: Address): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  const { host, port } = address;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Makes the address of an IP address and a port. IPv6 is written its one short way (RFC 5952), so that
 * two spellings are one address.
 *
 * @throws MillraceError `invalid-options` when the host is a name, or the port is out of its range
 */
export function tcpAddress(host: string, port: number, weight?: number): TcpAddress {
  if (typeof host !== "string" || !isIP(host)) throw invalidOption("address.host", "an IP address", host);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw invalidOption("address.port", "a whole number from 1 to 65535", port);
  }
  const address: TcpAddress = { kind: "tcp", host: isIPv6(host) ? shortIPv6(host) : host, port };
  return weight === undefined ? address : { ...address, weight };
}

/**
 * Reads what {@link addressKey} writes.
 *
 * @throws MillraceError `invalid-options` when the text is no address with a port, and no `unix:` path
 */
export function parseAddress(text: string): Address {
  if (text.startsWith("unix:") && text.length > "unix:".length) {
    return { kind: "unix", path: text.slice("unix:".length) };
  }
  const parts = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  if (!parts) throw invalidOption("address", "an address like 10.0.0.1:80, [::1]:80 or unix:/path", text);
  return tcpAddress(parts[1] ?? parts[2]!, Number(parts[3]));
}

/**
 * Reads an address that is given as text or as an object, whose type was perhaps never checked.
 *
 * @throws MillraceError `invalid-options` when it is none, or one in it is out of its range
 */
export function checkedAddress(address: Address | string): Address {
  if (typeof address === "string") return parseAddress(address);
  requireGroup("address", address);
  const { weight } = address;
  if (weight !== undefined && !(typeof weight === "number" && weight > 0 && weight < Infinity)) {
    throw invalidOption("address.weight", "a finite number more than 0", weight);
  }
  if (address.kind === "tcp") {
    const { host, port } = address;
    const read = tcpAddress(host, port, weight);
    return read.host === host ? address : read;
  }
  if (address.kind !== "unix")
    throw invalidOption("address.kind", '"tcp" or "unix"', (address as Address).kind);
  requireText("address.path", "the path of a socket", address.path);
  return address;
}

/** Leaves the first of each address, in their order. */
export function distinctAddresses(addresses: readonly Address[]): readonly Address[] {
  const seen = new Map<string, Address>();
  for (const address of addresses) {
    const key = addressKey(address);
    if (!seen.has(key)) seen.set(key, address);
  }
  return seen.size === addresses.length ? addresses : [...seen.values()];
}

function shortIPv6(host: string): string {
  // A zone (`fe80::1%eth0`) is no part of a URL; such an address stays as it was written.
  if (host.includes("%")) return host;
  return new URL(`http://[${host}]`).hostname.slice(1, -1);
}
