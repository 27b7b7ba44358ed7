import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import { invalidOption } from "../../base/options.js";
import { asciiDomain } from "../resolve/domain-name.js";

/**
 * Judges the certificate of a peer whose chain of trust has been verified: an error refuses it. Replaces
 * the check of names.
 */
export type VerifyPeer = (certificate: PeerCertificate) => Error | undefined;

/** Who must answer a connection. `dialed` is the host or address it was made to; `undefined` for a unix socket. */
export interface PeerIdentity {
  /** Whether what was dialed takes part in the judgement. */
  readonly needsDialed: boolean;
  /** Sent as SNI; `undefined` sends none. */
  serverName(dialed: string | undefined): string | undefined;
  /** Judges a certificate whose chain of trust has been verified. */
  verify(dialed: string | undefined, certificate: PeerCertificate): Error | undefined;
}

/**
 * Reads an identity: a host name or IP address, also inside an `https` URL; `_` for none; or a
 * `spiffe` URI. Without any, the peer must be who was dialed.
 *
 * @throws MillraceError `invalid-options` when it is none of these
 */
export function peerIdentity(identity: string | undefined, verifyPeer?: VerifyPeer): PeerIdentity {
  const { host, serverName, spiffe } = expected(identity);
  const named = {
    needsDialed: host === undefined,
    serverName,
    verify: (dialed: string | undefined, peer: PeerCertificate) =>
      checkServerIdentity(host ?? dialed ?? "", peer),
  };
  if (verifyPeer) return { ...named, needsDialed: false, verify: (_, peer) => verifyPeer(peer) };
  if (spiffe === undefined) return named;
  return { ...named, needsDialed: false, verify: (_, peer) => verifySpiffe(spiffe, peer) };
}

/** The URIs a certificate is for. */
function uriNames(certificate: PeerCertificate): string[] {
  const uris: string[] = [];
  // Values with characters that could be taken for the end of one are JSON strings, so that each name
  // must be read as a whole, from the first on.
  const name = /([^:]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/y;
  const text = certificate.subjectaltname ?? "";
  for (let found = name.exec(text); found; found = name.exec(text)) {
    const value = found[2]!;
    if (found[1] === "URI") uris.push(value.startsWith('"') ? (JSON.parse(value) as string) : value);
  }
  return uris;
}

/** As SPIFFE X.509-SVID §5.2 asks of a leaf: no authority, exactly one URI, and that the one expected. */
function verifySpiffe(expected: string, certificate: PeerCertificate): Error | undefined {
  const uris = uriNames(certificate);
  if (uris.length === 1 && uris[0] === expected && certificate.ca !== true) return undefined;
  const found = certificate.ca ? "that of an authority" : uris.length > 0 ? uris.join(", ") : "no URI";
  return new Error(`the certificate is not for ${expected}: found ${found}`);
}

interface Expected {
  /** Whom a certificate must be for; `undefined` leaves that to what was dialed. */
  readonly host?: string;
  readonly spiffe?: string;
  readonly serverName: PeerIdentity["serverName"];
}

function expected(identity: string | undefined): Expected {
  if (identity === undefined) return { serverName: (dialed) => dialed && sniOf(dialed) };
  if (identity.startsWith("spiffe://")) return { spiffe: spiffeId(identity), serverName: unnamed };
  const host = hostOf(identity);
  if (host === "_") return { serverName: unnamed };
  if (isIP(host)) return { host, serverName: unnamed };
  const ascii = asciiDomain(host);
  if (ascii === undefined) throw invalidIdentity(identity);
  return { host: ascii, serverName: () => sniOf(ascii) };
}

/** What of a host can be sent as SNI: a name without the last dot, never an address (RFC 6066 §3). */
function sniOf(host: string): string | undefined {
  return isIP(host) ? undefined : host.replace(/\.$/, "");
}

function unnamed(): undefined {}

function spiffeId(identity: string): string {
  if (!/^spiffe:\/\/[a-z0-9._-]+(\/[\w.-]+)*$/.test(identity)) throw invalidIdentity(identity);
  return identity;
}

function hostOf(identity: string): string {
  if (!identity.includes("://")) return identity.replace(/^\[|\]$/g, "");
  if (!/^https:/i.test(identity) || !URL.canParse(identity)) throw invalidIdentity(identity);
  return new URL(identity).hostname.replace(/^\[|\]$/g, "");
}

function invalidIdentity(identity: string): Error {
  return invalidOption(
    "tls.identity",
    "a host name, an IP address, an https or a spiffe URI, or _",
    identity,
  );
}
