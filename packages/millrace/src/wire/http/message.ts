import type { ByteStream, Peer } from "../stream/byte-stream.js";
import type { Body } from "./body.js";
import type { Fields } from "./fields.js";

/** What a request asks for (RFC 9112 §3.2), taken apart. */
export interface RequestTarget {
  /** How it was written. */
  readonly form: "origin" | "absolute" | "authority" | "asterisk";
  /** Path with query, as sent: `/a?b`; `*` for the asterisk form; empty for the authority form. */
  readonly path: string;
  /** Host with port if given: of the target where it has one, else of the `Host` field; may be empty. */
  readonly authority: string;
  /** `http` or `https`, of the absolute form; else of the connection. */
  readonly scheme: string;
}

/**
 * An HTTP request, whatever version it came in or will leave by. Whoever is given one to pass on changes a copy,
 * of its fields too: it may be sent again, and share them with others.
 */
export interface HttpRequest {
  /** The method, which is case-sensitive: `GET`. */
  readonly method: string;
  /** What is asked for. */
  readonly target: RequestTarget;
  /** Minor version of HTTP/1 that the sender speaks, 0 or 1. */
  readonly minorVersion: number;
  /** The header fields, in the order and spelling they came in. */
  readonly fields: Fields;
  /** The content. */
  readonly body: Body;
  /** The protocols of a valid `Upgrade` request, as sent; the response may be a 101 with a stream. */
  readonly upgrade?: string | undefined;
  /** Who sent it, for a request that a server received. */
  readonly peer?: Peer | undefined;
  /** Hears interim (1xx) responses other than 100 and 101 while the final one is awaited. */
  readonly onInterim?: ((response: InterimResponse) => void) | undefined;
}

/** A 1xx response other than 100 and 101, such as 103 Early Hints (RFC 8297). */
export interface InterimResponse {
  /** From 102 to 199. */
  readonly status: number;
  /** The header fields. */
  readonly fields: Fields;
}

/** An HTTP response. */
export interface HttpResponse {
  /** From 200 to 999, or 101 with {@link stream}. */
  readonly status: number;
  /** Reason phrase; empty is allowed. */
  readonly reason: string;
  /** The header fields, in the order and spelling they came in. */
  readonly fields: Fields;
  /** The content. A stream must be read to its end or cancelled, for it holds the connection. */
  readonly body: Body;
  /** The connection itself, after 101: bytes of the agreed protocol flow both ways. */
  readonly stream?: ByteStream | undefined;
}
