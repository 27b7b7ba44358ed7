import { type Body, FieldId, Fields, type HttpRequest, listHas } from "millrace/wire";
import type { ForwardSettings } from "../config/settings.js";
import { createClientIdentity, isClientIdentity } from "./client-identity.js";
import { isHopByHop, isNominated, nominatedNames } from "./hop-by-hop.js";
import { forwardInterim } from "./interim.js";
import { counts, oneLess } from "./max-forwards.js";
import { createRequestIds, isUsableRequestId, type NextRequestId } from "./request-id.js";
import { isSpoof } from "./spoof.js";
import { withSafeTrailers } from "./trailers.js";
import { createTrust } from "./trusted-proxies.js";
import { viaOf } from "./via.js";

/** Makes of a client's request the one that goes to a server, whichever that will be. */
export type ForwardRequest = (request: HttpRequest) => HttpRequest;

/**
 * Makes the request side of forwarding: hop-by-hop fields end here, and who the client is, this hop and
 * the request's name are added.
 */
export function createForwardRequest(
  settings: ForwardSettings,
  nextRequestId: NextRequestId = createRequestIds(),
): ForwardRequest {
  const writeIdentity = createClientIdentity(settings.forwardedHeaders, createTrust(settings.trustedProxies));
  const upgrades = new Set(settings.upgrades);

  return (request) => {
    const fields = new Fields();
    const nominated = nominatedNames(request.fields);
    const hasId = copyEndToEnd(request, nominated, fields, settings);
    if (settings.via !== false)
      fields.push(FieldId.via, "Via", viaOf(request.fields, request.minorVersion, settings.via));
    if (request.peer) writeIdentity(fields, request, request.peer);
    if (settings.requestId && !hasId) fields.push(FieldId.xRequestId, "X-Request-Id", nextRequestId());
    return {
      method: request.method,
      target: request.target,
      minorVersion: request.minorVersion,
      fields,
      body: endToEndBody(request.body, nominated),
      upgrade: request.upgrade === undefined ? undefined : allowedUpgrade(request.upgrade, upgrades),
      peer: request.peer,
      onInterim: request.onInterim && forwardInterim(request.onInterim),
    };
  };
}

/** Copies what goes on as it is; tells whether a usable request id was among it. */
function copyEndToEnd(
  { method, fields, body }: HttpRequest,
  nominated: ReadonlySet<string> | undefined,
  into: Fields,
  settings: ForwardSettings,
): boolean {
  let hasRequestId = false;
  for (let at = 0; at < fields.size; at++) {
    const id = fields.idAt(at);
    const name = fields.nameAt(at);
    const value = fields.valueAt(at);
    if (id === FieldId.other) {
      if (nominated !== undefined && isNominated(fields, at, nominated)) continue;
      if (isSpoof(name)) continue;
    } else if (isHopByHop(id)) {
      if (id !== FieldId.te || !listHas(value, "trailers") || into.hasId(id)) continue;
      into.push(id, name, "trailers");
      continue;
    } else if ((id === FieldId.via && settings.via !== false) || isClientIdentity(id)) {
      continue;
    } else if (id === FieldId.xRequestId) {
      if (settings.requestId && (hasRequestId || !isUsableRequestId(value))) continue;
      hasRequestId = true;
    } else if (id === FieldId.maxForwards && counts(method)) {
      into.push(id, name, oneLess(value));
      continue;
    } else if ((id === FieldId.expect || id === FieldId.trailer) && body.kind !== "stream") {
      continue;
    } else if (nominated !== undefined && isNominated(fields, at, nominated)) {
      continue;
    }
    into.push(id, name, value);
  }
  return hasRequestId;
}

function endToEndBody(body: Body, nominated: ReadonlySet<string> | undefined): Body {
  return body.kind === "stream" && body.length === undefined ? withSafeTrailers(body, nominated) : body;
}

function allowedUpgrade(asked: string, allowed: ReadonlySet<string>): string | undefined {
  for (const protocol of asked.split(",")) {
    const name = protocol.trim();
    if (allowed.has(name.toLowerCase())) return name;
  }
  return undefined;
}
