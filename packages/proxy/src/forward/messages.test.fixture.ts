import { emptyBody, Fields, type HttpRequest, type HttpResponse, type Peer } from "millrace/wire";
import { defaultSettings } from "../config/defaults.js";
import type { ForwardSettings } from "../config/settings.js";
import { createForwardRequest } from "./request.js";

/** A field line in plain values. */
export type Line = readonly [name: string, value: string];

/** A client at an address of the networks kept for documents (RFC 5737). */
export const client: Peer = {
  address: "192.0.2.7",
  port: 50_000,
  localAddress: "127.0.0.1",
  localPort: 8080,
  encrypted: false,
};

/** What is particular about a request. */
export interface RequestParts extends Omit<Partial<HttpRequest>, "fields" | "target"> {
  readonly fields?: readonly Line[];
  readonly target?: Partial<HttpRequest["target"]>;
}

/** A request as the engine hands it over; a GET of / at example.test when nothing else is said. */
export function requestWith({ fields = [], target, ...parts }: RequestParts = {}): HttpRequest {
  return {
    method: "GET",
    target: { form: "origin", path: "/", authority: "example.test", scheme: "http", ...target },
    minorVersion: 1,
    fields: Fields.from(fields),
    body: emptyBody,
    peer: client,
    ...parts,
  };
}

/** A response as the engine hands it over. */
export function responseWith(fields: readonly Line[], parts: Partial<HttpResponse> = {}): HttpResponse {
  return { status: 200, reason: "OK", fields: Fields.from(fields), body: emptyBody, ...parts };
}

/** Field lines in plain values. */
export function linesOf(fields: Fields): Line[] {
  return [...fields];
}

/** The values of one name. */
export function valuesOf(request: HttpRequest, name: string): string[] {
  return request.fields.getAll(name);
}

/** Settings that change nothing but what must be changed. */
export const plain: ForwardSettings = {
  ...defaultSettings.forward,
  via: false,
  forwardedHeaders: "none",
  requestId: false,
};

/** Forwards a request by the settings given, with request ids `id-1`, `id-2`… */
export function forwarded(parts: RequestParts, settings: Partial<ForwardSettings> = {}): HttpRequest {
  let count = 0;
  const forward = createForwardRequest({ ...plain, ...settings }, () => `id-${++count}`);
  return forward(requestWith(parts));
}
