import { FieldId, type Fields, type HttpRequest, type Peer } from "millrace/wire";
import type { ForwardedHeaders } from "../config/settings.js";
import { plainAddress, type Trust } from "./trusted-proxies.js";

/** Writes into a request's fields who the client is: `X-Forwarded-*` and `Forwarded` (RFC 7239). */
export type WriteClientIdentity = (fields: Fields, request: HttpRequest, peer: Peer) => void;

/**
 * Makes the writer for the headers chosen. What a trusted peer says is appended to; what any other says
 * has been left out of `fields`, and is replaced.
 */
export function createClientIdentity(headers: ForwardedHeaders, trust: Trust): WriteClientIdentity {
  const extended = headers === "x-forwarded" || headers === "both";
  const standard = headers === "forwarded" || headers === "both";
  if (!extended && !standard) return () => {};
  let last: Client | undefined;
  return (fields, request, peer) => {
    const { authority } = request.target;
    // All requests of a connection have the same peer, and mostly the same host.
    if (last?.peer !== peer || last.authority !== authority) last = describeClient(peer, authority, trust);
    const earlier = last.trusted ? request.fields : undefined;
    if (extended) writeExtended(fields, earlier, last);
    if (standard) {
      const before = earlier?.getList("forwarded");
      const element = before === undefined ? last.element : `${before}, ${last.element}`;
      fields.push(FieldId.forwarded, "Forwarded", element);
    }
  };
}

/** Whether the field `id` tells of the client, and so is written anew here. */
export function isClientIdentity(id: FieldId): boolean {
  switch (id) {
    case FieldId.forwarded:
    case FieldId.xForwardedFor:
    case FieldId.xForwardedHost:
    case FieldId.xForwardedPort:
    case FieldId.xForwardedProto:
      return true;
    default:
      return false;
  }
}

/** A client as the headers tell of it. */
interface Client {
  readonly peer: Peer;
  readonly authority: string;
  readonly trusted: boolean;
  readonly address: string;
  readonly proto: string;
  /** One element of `Forwarded`. */
  readonly element: string;
}

function describeClient(peer: Peer, authority: string, trust: Trust): Client {
  const address = plainAddress(peer.address) || "unknown";
  const proto = peer.encrypted ? "https" : "http";
  const node = address.includes(":") ? `"[${address}]"` : address;
  const host = authority === "" ? "" : `;host=${quoted(authority)}`;
  const element = `for=${node}${host};proto=${proto}`;
  return { peer, authority, trusted: trust(peer.address), address, proto, element };
}

function writeExtended(fields: Fields, earlier: Fields | undefined, client: Client): void {
  const before = earlier?.getList("x-forwarded-for");
  const chain = before === undefined ? client.address : `${before}, ${client.address}`;
  fields.push(FieldId.xForwardedFor, "X-Forwarded-For", chain);
  fields.push(
    FieldId.xForwardedProto,
    "X-Forwarded-Proto",
    earlier?.getId(FieldId.xForwardedProto) ?? client.proto,
  );
  const host = earlier?.getId(FieldId.xForwardedHost) ?? client.authority;
  if (host !== "") fields.push(FieldId.xForwardedHost, "X-Forwarded-Host", host);
  const port = earlier?.getId(FieldId.xForwardedPort);
  if (port !== undefined) fields.push(FieldId.xForwardedPort, "X-Forwarded-Port", port);
}

function quoted(authority: string): string {
  return /^[A-Za-z0-9.\-_]+$/.test(authority) ? authority : `"${authority}"`;
}
