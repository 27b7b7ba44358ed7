import type { ConnectionOptions, SecureContext } from "node:tls";
import { MillraceError } from "../../base/errors.js";
import { invalidOption, requireOptionalFunctions, requireText } from "../../base/options.js";
import { type PeerIdentity, peerIdentity, type VerifyPeer } from "./identity.js";
import { type PemMaterial, pemContext } from "./pem.js";
import { SessionCache } from "./sessions.js";

/** Whom to believe, and who to be, on the client's side of TLS. The chain of trust is always verified. */
export interface ClientTlsOptions extends PemMaterial {
  /**
   * Who must answer, which need not be who is dialed:
   *
   * - a host name, alone or in an `https` URL: is sent as SNI, and the certificate must be for it
   * - an IP address: no SNI, and the certificate must be for it
   * - `_`: no name is known. No SNI, and the certificate must be for the address dialed
   * - `spiffe://trust-domain/path`: no SNI, and the certificate's one URI must be this
   *
   * @defaultValue the host or address dialed; there is none for a unix socket
   */
  readonly identity?: string | undefined;
  /** Judges the certificate in place of the check of names, after the chain of trust was verified. */
  readonly verifyPeer?: VerifyPeer | undefined;
  /**
   * A ready context in place of `ca`, `cert` and `key`; or who gives it, asked for each connection, so
   * that certificates can change while connections made before go on.
   */
  readonly secureContext?: SecureContext | (() => SecureContext) | undefined;
  /**
   * Application protocols to offer (ALPN), the liked best first. What was agreed on is `alpn` of the
   * stream's peer.
   * @defaultValue `["http/1.1"]`
   */
  readonly alpn?: readonly string[] | undefined;
  /** Told of each handshake that succeeds. What it throws is a fault. */
  readonly onHandshake?: ((handshake: TlsHandshake) => void) | undefined;
}

/** A handshake that succeeded. */
export interface TlsHandshake {
  /** Who was connected to: `10.0.0.1:8443`. */
  readonly target: string;
  /** What was agreed on: `TLSv1.3`. */
  readonly protocol: string;
  /** What was agreed on, by its name in the standards: `TLS_AES_256_GCM_SHA384`. */
  readonly cipher: string;
  /** Whether it went on with the session of a connection before. */
  readonly resumed: boolean;
}

/** Checked options, shared by the connections that are made with them. */
export interface ClientTls {
  readonly identity: PeerIdentity;
  readonly sessions: SessionCache;
  readonly alpn: readonly string[];
  readonly onHandshake: ((handshake: TlsHandshake) => void) | undefined;
  /** The context for a connection made now. */
  context(): SecureContext;
}

/**
 * Checks options and reads their certificates.
 *
 * @throws MillraceError `invalid-options` when the identity is none, or a certificate cannot be used
 */
export function clientTls(options: ClientTlsOptions): ClientTls {
  const { identity, verifyPeer, alpn = ["http/1.1"] } = options;
  if (identity !== undefined) requireText("tls.identity", "text", identity);
  requireOptionalFunctions("tls", options, "verifyPeer", "onHandshake");
  if (!Array.isArray(alpn) || !alpn.every((name) => typeof name === "string" && name !== "")) {
    throw invalidOption("tls.alpn", 'a list of protocols such as ["http/1.1"]', alpn);
  }
  return {
    identity: peerIdentity(identity, verifyPeer),
    sessions: new SessionCache(),
    alpn: [...alpn],
    onHandshake: options.onHandshake,
    context: contextOf(options),
  };
}

/**
 * What Node needs for a connection to `host`; `undefined` for a unix socket.
 *
 * @throws MillraceError `invalid-options` when nothing says who must answer
 */
export function handshakeOptions(
  { identity, alpn }: ClientTls,
  host: string | undefined,
  secureContext: SecureContext,
): ConnectionOptions {
  if (host === undefined && identity.needsDialed) {
    throw invalidOption("tls.identity", "who must answer on a unix socket", "none");
  }
  const servername = identity.serverName(host);
  return {
    secureContext,
    ALPNProtocols: [...alpn],
    // Called for the chain as far as it was verified; an error here refuses the connection.
    checkServerIdentity: (_, certificate) => identity.verify(host, certificate),
    ...(servername !== undefined && { servername }),
  };
}

function contextOf({ ca, cert, key, secureContext }: ClientTlsOptions): () => SecureContext {
  if (typeof secureContext === "function") return secureContext;
  const context = secureContext ?? checkedContext({ ca, cert, key });
  return () => context;
}

function checkedContext(material: PemMaterial): SecureContext {
  try {
    return pemContext(material);
  } catch (cause) {
    // The PEM itself stays out of the message: it may be a private key.
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MillraceError(
      `tls: expected certificates and a key in PEM, found what cannot be used: ${reason}`,
      {
        code: "invalid-options",
        unsent: true,
        cause,
      },
    );
  }
}
