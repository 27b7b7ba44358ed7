import { isIP } from "node:net";
import { asciiDomain } from "../../channel/resolve/domain-name.js";

/** The address of a node, taken apart. */
export interface NodeUri {
  /** As it is called, without a prefix for the mesh and without a slash at its end. */
  readonly url: URL;
  /** Whether a mesh beside the program does what this client would do otherwise. */
  readonly mesh: boolean;
}

/** What is wrong with the URIs of a service. */
export interface UriFault {
  /** Which of them it is. */
  readonly at: number;
  readonly expected: string;
  readonly found: string;
}

/** Reads a node's URI. Returns what was expected, as a text, when it is not one. */
export function parseNodeUri(text: string): NodeUri | string {
  const match = /^(mesh-)?(https?:\/\/[^/?#].*)$/i.exec(text);
  if (!match || !URL.canParse(match[2]!)) return 'a URI such as "https://widgets.example.com:8443/api"';
  const url = new URL(match[2]!);
  return unwantedPart(url, text) ?? { url, mesh: match[1] !== undefined };
}

/** Whether `host`, an IPv6 address in brackets or without, is one that may exist. */
export function isHost(host: string): boolean {
  return isIP(host.replace(/^\[|\]$/g, "")) > 0 || asciiDomain(host) !== undefined;
}

/**
 * What is wrong with the URIs of one service; `undefined` when nothing is. One that goes by the mesh stands
 * alone: to choose among nodes is the mesh's task then.
 */
export function uriFault(uris: readonly string[]): UriFault | undefined {
  let mesh = -1;
  for (const [at, uri] of uris.entries()) {
    const parsed = parseNodeUri(uri);
    if (typeof parsed === "string") return { at, expected: parsed, found: shown(uri) };
    if (parsed.mesh) mesh = at;
  }
  if (mesh < 0 || uris.length === 1) return undefined;
  return { at: mesh, expected: "one URI alone where it goes by the mesh", found: String(uris.length) };
}

/** A URI for a message: without what may be a password. */
function shown(uri: string): string {
  return JSON.stringify(uri.slice(0, 256).replace(/\/\/.*@/, "//***@"));
}

function unwantedPart(url: URL, text: string): string | undefined {
  if (url.username !== "" || url.password !== "") return "a URI without user name and password";
  if (text.includes("?")) return "a URI without a query";
  if (text.includes("#")) return "a URI without a fragment";
  if (!isHost(url.hostname)) return "a URI with a host that may exist";
  return url.port === "0" ? "a port from 1 to 65535" : undefined;
}
