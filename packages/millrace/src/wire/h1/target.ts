import type { RequestTarget } from "../http/message.js";
import { ProtocolError } from "./protocol-error.js";

/** Host with optional port (RFC 3986 §3.2): registered name, IPv4, or bracketed IPv6; no user, no blank. */
const hostPattern = /^(?:[A-Za-z0-9\-._~!$&'()*+;=%]+|\[[0-9A-Fa-f:.]{2,}\])(?::([0-9]{1,5}))?$/;

/** Most requests are for the host of the one before. */
let lastGoodHost = "";

/**
 * Understands a request target (RFC 9112 §3.2) together with the `Host` field.
 *
 * The authority of an absolute target replaces that of `Host`, as §3.2.2 asks of a server.
 *
 * @throws ProtocolError 400 when the form does not fit the method, or the host is not valid
 */
export function parseTarget(
  method: string,
  text: string,
  host: string | undefined,
  scheme: "http" | "https",
): RequestTarget {
  if (host !== undefined && host !== "") checkHost(host);
  if (method === "CONNECT") return authorityForm(text, scheme);
  if (text.charCodeAt(0) === 0x2f) return { form: "origin", path: text, authority: host ?? "", scheme };
  if (text === "*") {
    if (method !== "OPTIONS") throw new ProtocolError("target", 400, "the target * is for OPTIONS only");
    return { form: "asterisk", path: "*", authority: host ?? "", scheme };
  }
  return absoluteForm(method, text);
}

/**
 * Requires a valid host with optional port.
 *
 * @throws ProtocolError 400
 */
function checkHost(host: string): void {
  if (host === lastGoodHost) return;
  const match = hostPattern.exec(host);
  if (match && (match[1] === undefined || Number(match[1]) <= 65_535)) {
    lastGoodHost = host;
    return;
  }
  throw new ProtocolError(
    "host",
    400,
    `not a host with optional port: ${JSON.stringify(host.slice(0, 100))}`,
  );
}

function authorityForm(text: string, scheme: string): RequestTarget {
  checkHost(text);
  if (!/:[0-9]+$/.test(text) || /:0+$/.test(text)) {
    throw new ProtocolError("target", 400, "CONNECT needs a host and a port");
  }
  return { form: "authority", path: "", authority: text, scheme };
}

function absoluteForm(method: string, text: string): RequestTarget {
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?]*)(.*)$/.exec(text);
  if (!match) throw new ProtocolError("target", 400, "the target is no path, no absolute URI and not *");
  const [, scheme, authority, rest] = match as unknown as [string, string, string, string];
  const known = scheme.toLowerCase();
  if (known !== "http" && known !== "https") {
    throw new ProtocolError("target", 400, `the scheme ${known.slice(0, 20)} is not served here`);
  }
  if (authority === "") throw new ProtocolError("target", 400, "an absolute target without a host");
  checkHost(authority);
  if (rest === "" && method === "OPTIONS") return { form: "absolute", path: "*", authority, scheme: known };
  return { form: "absolute", path: rest.startsWith("/") ? rest : `/${rest}`, authority, scheme: known };
}
