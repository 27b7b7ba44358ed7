import { isAbsolute } from "node:path";
import { invalidOption } from "../base/options.js";

/** Where a server listens. */
export type ListenAddress =
  | {
      readonly kind: "tcp";
      /** An IP address without brackets, or a name of this machine. `::` takes IPv4 too, where the system lets it. */
      readonly host: string;
      /** 0 lets the system choose. */
      readonly port: number;
    }
  | {
      readonly kind: "unix";
      /** Absolute path of the socket. */
      readonly path: string;
    };

/**
 * Reads `8080`, `":8080"`, `"127.0.0.1:8080"`, `"[::1]:8080"`, `"localhost:8080"` or `"unix:/run/app.sock"`.
 * Without a host it is every address of the machine, IPv4 alone when `family` says so.
 *
 * @throws MillraceError `invalid-options` when it is none of these
 */
export function parseListenAddress(
  text: string | number,
  family: 4 | 6 | undefined = undefined,
): ListenAddress {
  const given = String(text);
  if (given.startsWith("unix:")) return unixAddress(given);
  if (/^(udp|unixgram)[46]?:/i.test(given)) throw invalidOption("address", expected, datagramsAre(given));
  const match = /^(?:(\[[0-9a-fA-F:.]+\]|[^:[\]]*):)?(\d{1,5})$/.exec(given);
  const port = Number(match?.[2]);
  if (!match || port > 65_535) {
    throw invalidOption("address", expected, given);
  }
  const host = (match[1] ?? "").replace(/^\[|\]$/g, "");
  return { kind: "tcp", host: host === "" || host === "*" ? anyHost(family) : host, port };
}

const expected = 'a port, "host:port" or "unix:/absolute/path"';

/** Says of `given`, which means sockets of datagrams, what is to be done about it. @internal */
export function datagramsAre(given: string): string {
  return `${given}, whose datagrams are not handed over: bind such a socket in run, with reuseAddr or reusePort of node:dgram so that both versions can, and close it when signal aborts`;
}

/** Writes an address the way {@link parseListenAddress} reads it. */
export function formatListenAddress(address: ListenAddress): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

function anyHost(family: 4 | 6 | undefined): string {
  return family === 4 ? "0.0.0.0" : "::";
}

function unixAddress(given: string): ListenAddress {
  const path = given.slice("unix:".length);
  if (!isAbsolute(path)) throw invalidOption("address", "an absolute path after unix:", given);
  return { kind: "unix", path };
}
