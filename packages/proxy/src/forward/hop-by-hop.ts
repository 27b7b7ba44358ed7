import { FieldId, type Fields } from "millrace/wire";

const bit = (id: FieldId) => 1 << id;

/** Fields for one connection only (RFC 9110 §7.6.1), and those meant for this proxy alone. */
const hopByHop =
  bit(FieldId.connection) |
  bit(FieldId.keepAlive) |
  bit(FieldId.proxyConnection) |
  bit(FieldId.proxyAuthenticate) |
  bit(FieldId.proxyAuthorization) |
  bit(FieldId.te) |
  bit(FieldId.transferEncoding) |
  bit(FieldId.upgrade) |
  bit(FieldId.http2Settings);

/**
 * Fields that `Connection` must not be able to remove: a client could otherwise take away what routes,
 * frames or authorises its request, or what this proxy adds.
 */
const protectedFields =
  bit(FieldId.host) |
  bit(FieldId.contentLength) |
  bit(FieldId.contentType) |
  bit(FieldId.authorization) |
  bit(FieldId.cookie) |
  bit(FieldId.setCookie) |
  bit(FieldId.date) |
  bit(FieldId.expect) |
  bit(FieldId.forwarded) |
  bit(FieldId.via) |
  bit(FieldId.xForwardedFor) |
  bit(FieldId.xForwardedHost) |
  bit(FieldId.xForwardedPort) |
  bit(FieldId.xForwardedProto) |
  bit(FieldId.xRequestId);

/** Whether the known field `id` ends at this hop. */
export function isHopByHop(id: FieldId): boolean {
  return (hopByHop & (1 << id)) !== 0;
}

/**
 * Whether the fields can go on as they are: nothing in them ends at this hop, but for a word that the
 * connection stays, which no engine passes on anyway.
 */
export function isEndToEnd(fields: Fields): boolean {
  for (let at = 0; at < fields.size; at++) {
    const id = fields.idAt(at);
    if (!isHopByHop(id)) continue;
    if (id !== FieldId.connection || !saysKeepAlive(fields.valueAt(at))) return false;
  }
  return true;
}

function saysKeepAlive(value: string): boolean {
  return value === "keep-alive" || value === "Keep-Alive";
}

/**
 * The names, in lower case, that `Connection` makes hop-by-hop beyond the known ones; undefined when
 * there are none, as usual.
 */
export function nominatedNames(fields: Fields): ReadonlySet<string> | undefined {
  if (!fields.hasId(FieldId.connection)) return undefined;
  let names: Set<string> | undefined;
  for (let at = 0; at < fields.size; at++) {
    if (fields.idAt(at) !== FieldId.connection) continue;
    const value = fields.valueAt(at);
    if (saysKeepAlive(value) || value === "close") continue;
    for (const option of value.split(",")) (names ??= new Set()).add(option.trim().toLowerCase());
  }
  return names;
}

/** Whether the line `at` is nominated, and may be. */
export function isNominated(fields: Fields, at: number, names: ReadonlySet<string>): boolean {
  const id = fields.idAt(at);
  if (id !== FieldId.other && (protectedFields & (1 << id)) !== 0) return false;
  const name = fields.nameAt(at).toLowerCase();
  return names.has(name) && !name.startsWith("x-forwarded-");
}
