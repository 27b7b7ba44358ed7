/**
 * Small numbers for the field names that engines and intermediaries act on, so that a message is
 * searched for them by comparing numbers. Every other name is {@link FieldId.other}.
 */
export const FieldId = {
  other: 0,
  host: 1,
  connection: 2,
  contentLength: 3,
  transferEncoding: 4,
  te: 5,
  trailer: 6,
  upgrade: 7,
  expect: 8,
  keepAlive: 9,
  proxyConnection: 10,
  proxyAuthenticate: 11,
  proxyAuthorization: 12,
  via: 13,
  forwarded: 14,
  xForwardedFor: 15,
  xForwardedProto: 16,
  xForwardedHost: 17,
  xRequestId: 18,
  date: 19,
  maxForwards: 20,
  authorization: 21,
  cookie: 22,
  retryAfter: 23,
  contentType: 24,
  accept: 25,
  xForwardedPort: 26,
  http2Settings: 27,
  userAgent: 28,
  setCookie: 29,
  server: 30,
} as const;

/** One of the numbers of {@link FieldId}; from 0 to 30, so that a set of them fits a bit mask. */
export type FieldId = (typeof FieldId)[keyof typeof FieldId];

const known: readonly (readonly [string, FieldId])[] = [
  ["Host", FieldId.host],
  ["Connection", FieldId.connection],
  ["Content-Length", FieldId.contentLength],
  ["Transfer-Encoding", FieldId.transferEncoding],
  ["TE", FieldId.te],
  ["Trailer", FieldId.trailer],
  ["Upgrade", FieldId.upgrade],
  ["Expect", FieldId.expect],
  ["Keep-Alive", FieldId.keepAlive],
  ["Proxy-Connection", FieldId.proxyConnection],
  ["Proxy-Authenticate", FieldId.proxyAuthenticate],
  ["Proxy-Authorization", FieldId.proxyAuthorization],
  ["Via", FieldId.via],
  ["Forwarded", FieldId.forwarded],
  ["X-Forwarded-For", FieldId.xForwardedFor],
  ["X-Forwarded-Proto", FieldId.xForwardedProto],
  ["X-Forwarded-Host", FieldId.xForwardedHost],
  ["X-Request-Id", FieldId.xRequestId],
  ["Date", FieldId.date],
  ["Max-Forwards", FieldId.maxForwards],
  ["Authorization", FieldId.authorization],
  ["Cookie", FieldId.cookie],
  ["Retry-After", FieldId.retryAfter],
  ["Content-Type", FieldId.contentType],
  ["Accept", FieldId.accept],
  ["X-Forwarded-Port", FieldId.xForwardedPort],
  ["HTTP2-Settings", FieldId.http2Settings],
  ["User-Agent", FieldId.userAgent],
  ["Set-Cookie", FieldId.setCookie],
  ["Server", FieldId.server],
];

interface Candidate {
  readonly canonical: string;
  readonly lower: string;
  readonly id: FieldId;
}

/** Candidates by length and first letter: no bucket holds more than a few. */
const buckets: (readonly Candidate[] | undefined)[] = Array.from({ length: 32 * 32 }, () => undefined);

for (const [canonical, id] of known) {
  const bucket = bucketOf(canonical);
  buckets[bucket] = [...(buckets[bucket] ?? []), { canonical, lower: canonical.toLowerCase(), id }];
}

/** The number of the field `name`, whatever its case. */
export function fieldId(name: string): FieldId {
  if (name.length > 31 || name.length === 0) return FieldId.other;
  const candidates = buckets[bucketOf(name)];
  if (candidates === undefined) return FieldId.other;
  for (const candidate of candidates) {
    if (name === candidate.canonical || name === candidate.lower) return candidate.id;
  }
  const lower = name.toLowerCase();
  for (const candidate of candidates) {
    if (lower === candidate.lower) return candidate.id;
  }
  return FieldId.other;
}

function bucketOf(name: string): number {
  return (name.length << 5) | (name.charCodeAt(0) & 0x1f);
}
