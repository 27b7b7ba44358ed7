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
  return (fields, request, peer) => {
    const client = describePeer(peer);
    const earlier = trust(peer.address) ? request.fields : undefined;
    const { authority } = request.target;
    if (extended) writeExtended(fields, earlier, client, authority, peer.encrypted ? "https" : "http");
    if (standard) {
      const proto = peer.encrypted ? ";proto=https" : ";proto=http";
      const host = authority === "" ? "" : `;host=${quoted(authority)}`;
      const element = `for=${client.node}${host}${proto}`;
      const before = earlier?.getList("forwarded");
      fields.push(FieldId.forwarded, "Forwarded", before === undefined ? element : `${before}, ${element}`);
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

interface Client {
  readonly address: string;
  /** As RFC 7239 §6 writes it. */
  readonly node: string;
}

/** The last client described: all requests of a connection have the same peer. */
let lastPeer: Peer | undefined;
let lastClient: Client = { address: "unknown", node: "unknown" };

function describePeer(peer: Peer): Client {
  if (peer === lastPeer) return lastClient;
  const address = plainAddress(peer.address);
  lastPeer = peer;
  if (address === "") lastClient = { address: "unknown", node: "unknown" };
  else lastClient = { address, node: address.includes(":") ? `"[${address}]"` : address };
  return lastClient;
}

function writeExtended(
  fields: Fields,
  earlier: Fields | undefined,
  client: Client,
  host: string,
  proto: string,
): void {
  const before = earlier?.getList("x-forwarded-for");
  const chain = before === undefined ? client.address : `${before}, ${client.address}`;
  fields.push(FieldId.xForwardedFor, "X-Forwarded-For", chain);
  fields.push(FieldId.xForwardedProto, "X-Forwarded-Proto", earlier?.getId(FieldId.xForwardedProto) ?? proto);
  const firstHost = earlier?.getId(FieldId.xForwardedHost) ?? host;
  if (firstHost !== "") fields.push(FieldId.xForwardedHost, "X-Forwarded-Host", firstHost);
  const port = earlier?.getId(FieldId.xForwardedPort);
  if (port !== undefined) fields.push(FieldId.xForwardedPort, "X-Forwarded-Port", port);
}

function quoted(authority: string): string {
  return /^[A-Za-z0-9.\-_]+$/.test(authority) ? authority : `"${authority}"`;
}
