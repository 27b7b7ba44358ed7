import { isIPv6 } from "node:net";

/** Both ends of a connection, as far as addresses tell. */
export interface ConnectionEnds {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
}

/** A header that has been read. */
export interface ReadHeader {
  /** `undefined` for a connection that has no addresses, as between unix sockets. */
  readonly ends: ConnectionEnds | undefined;
  /** Bytes that it took. */
  readonly length: number;
}

const signature = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const fixedBytes = 16;
/** What a header of ours, or of any front that adds a few fields, does not come near. */
const maxBytes = 2_048;

/**
 * Writes a header of the PROXY protocol, version 2 (HAProxy, "The PROXY protocol", 2020, section 2.2).
 *
 * Without `ends` it says that the connection has no addresses to tell.
 */
export function writeProxyHeader(ends: ConnectionEnds | undefined): Buffer {
  if (!ends) return Buffer.concat([signature, Buffer.from([0x20, 0, 0, 0])]);
  const six = isIPv6(ends.remoteAddress) || isIPv6(ends.localAddress);
  const size = six ? 16 : 4;
  const header = Buffer.alloc(fixedBytes + 2 * size + 4);
  signature.copy(header);
  header[12] = 0x21;
  header[13] = six ? 0x21 : 0x11;
  header.writeUInt16BE(2 * size + 4, 14);
  writeAddress(ends.remoteAddress, header.subarray(fixedBytes, fixedBytes + size));
  writeAddress(ends.localAddress, header.subarray(fixedBytes + size, fixedBytes + 2 * size));
  header.writeUInt16BE(ends.remotePort, fixedBytes + 2 * size);
  header.writeUInt16BE(ends.localPort, fixedBytes + 2 * size + 2);
  return header;
}

/**
 * Reads a header from the beginning of `bytes`. `undefined` while more is needed; `"invalid"` when what is there
 * cannot become one.
 */
export function readProxyHeader(bytes: Buffer): ReadHeader | "invalid" | undefined {
  const seen = Math.min(bytes.length, signature.length);
  if (bytes.compare(signature, 0, seen, 0, seen) !== 0) return "invalid";
  if (bytes.length < fixedBytes) return undefined;
  const length = fixedBytes + bytes.readUInt16BE(14);
  const command = bytes[12]!;
  if (command >> 4 !== 2 || (command & 15) > 1 || length > maxBytes) return "invalid";
  if (bytes.length < length) return undefined;
  if ((command & 15) === 0) return { ends: undefined, length };
  return { ends: readEnds(bytes[13]!, bytes.subarray(fixedBytes, length)), length };
}

function readEnds(family: number, fields: Buffer): ConnectionEnds | undefined {
  const size = family === 0x11 ? 4 : family === 0x21 ? 16 : 0;
  if (size === 0 || fields.length < 2 * size + 4) return undefined;
  return {
    remoteAddress: readAddress(fields.subarray(0, size)),
    localAddress: readAddress(fields.subarray(size, 2 * size)),
    remotePort: fields.readUInt16BE(2 * size),
    localPort: fields.readUInt16BE(2 * size + 2),
  };
}

function writeAddress(address: string, into: Buffer): void {
  const [plain] = address.split("%") as [string];
  if (into.length === 4) {
    into.set(plain.split(".").map(Number));
    return;
  }
  if (!isIPv6(plain)) {
    // An IPv4 end of a connection whose other end is IPv6: mapped, as the system maps it.
    into.set([0xff, 0xff, ...plain.split(".").map(Number)], 10);
    return;
  }
  for (const [index, group] of expanded(plain).entries()) into.writeUInt16BE(group, 2 * index);
}

/** The eight groups of an IPv6 address, its gap filled and its IPv4 tail turned into groups. */
function expanded(address: string): readonly number[] {
  const hexadecimal = address.replace(/[\d.]+\.[\d.]+$/, (ipv4) => {
    const bytes = ipv4.split(".").map(Number);
    return [0, 2].map((at) => (bytes[at]! * 256 + bytes[at + 1]!).toString(16)).join(":");
  });
  const [head = "", tail] = hexadecimal.split("::");
  const groups = (text: string) =>
    text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
  if (tail === undefined) return groups(head);
  const missing = 8 - groups(head).length - groups(tail).length;
  return [...groups(head), ...Array<number>(missing).fill(0), ...groups(tail)];
}

function readAddress(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join(".");
  const mapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes.readUInt16BE(10) === 0xffff;
  if (mapped) return `::ffff:${bytes.subarray(12).join(".")}`;
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16));
  return compressed(groups);
}

/** Writes the first of the longest runs of zeros as `::` (RFC 5952, 4.2). */
function compressed(groups: readonly string[]): string {
  const text = groups.join(":");
  const runs = text.match(/(?<![^:])0(?::0)+(?![^:])/g) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), "");
  if (longest === "") return text;
  const at = text.search(new RegExp(`(?<![^:])${longest}(?![^:])`));
  return `${text.slice(0, at).replace(/:$/, "")}::${text.slice(at + longest.length).replace(/^:/, "")}`;
}
