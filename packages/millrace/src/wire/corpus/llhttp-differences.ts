/** Cases of llhttp's corpus on which we differ on purpose, and why. */
export interface Difference {
  readonly relation: "stricter" | "more lenient";
  readonly why: string;
  /** File and line in llhttp's `test` folder, and the mode. */
  readonly at: readonly string[];
}

/** Every row of the corpus that we judge otherwise than llhttp, with the reason. */
export const differences: readonly Difference[] = [
  {
    relation: "more lenient",
    why: "any token is a method (RFC 9110 §9.1): what it means is for the origin to say, and framing does not hang on it",
    at: ["request/invalid.md:69 request", "request/invalid.md:359 request"],
  },
  {
    relation: "stricter",
    why: "the target * is for OPTIONS (RFC 9112 §3.2.4); M-SEARCH * belongs to SSDP over UDP, PRI * to HTTP/2",
    at: ["request/method.md:138 request", "request/method.md:461 request"],
  },
  {
    relation: "stricter",
    why: "only HTTP is spoken here, not ICE or RTSP",
    at: [
      "request/method.md:375 request",
      "request/method.md:405 request",
      "request/method.md:433 request",
      "response/sample.md:43 response",
      "response/sample.md:63 response",
    ],
  },
  {
    relation: "stricter",
    why: "HTTP/0.9 has no framing, and is refused (RFC 9112 §2.3)",
    at: ["request/sample.md:317 request", "response/sample.md:648 response"],
  },
  {
    relation: "stricter",
    why: "a fragment is no part of a request target (RFC 9112 §3.2); two of these also have a coding besides chunked",
    at: [
      "request/uri.md:168 request",
      "request/transfer-encoding.md:754 request",
      "request/transfer-encoding.md:796 request",
    ],
  },
  {
    relation: "stricter",
    why: "a user in the authority is refused (RFC 9110 §4.2.4): it serves to disguise the host",
    at: ["request/uri.md:225 request"],
  },
  {
    relation: "stricter",
    why: "a switch of protocols that the request did not offer is refused (RFC 9110 §7.8)",
    at: ["response/connection.md:296 response", "response/connection.md:334 response"],
  },
  {
    relation: "stricter",
    why: "bytes before a status line may be the rest of another message: only a server skips empty lines (RFC 9112 §2.2)",
    at: ["response/connection.md:589 response", "response/sample.md:698 response"],
  },
  {
    relation: "stricter",
    why: "a coding that does not end in one chunked would be read to the close, by some as chunks: refused",
    at: [
      "response/transfer-encoding.md:46 response",
      "response/transfer-encoding.md:77 response",
      "response/transfer-encoding.md:115 response",
    ],
  },
];
