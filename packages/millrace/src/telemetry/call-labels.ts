import { isMillraceError } from "../base/errors.js";
import type { PublishedHttpCall } from "../http/index.js";
import type { Labels } from "./sink.js";

/** Methods that are told apart: clients can invent others without end. */
const knownMethods = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "CONNECT",
  "OPTIONS",
  "TRACE",
  "PATCH",
]);

/** What the conventions of OpenTelemetry say of a call that begins. */
export function callLabels({ client, method, scheme, authority }: PublishedHttpCall): Labels {
  const url = URL.canParse(`${scheme}://${authority}`) ? new URL(`${scheme}://${authority}`) : undefined;
  return {
    "http.request.method": knownMethods.has(method) ? method : "_OTHER",
    "url.scheme": scheme,
    ...(url && serverOf(url)),
    client_name: client,
  };
}

/** Host and port. */
export function serverOf(url: URL): Labels {
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  return { "server.address": url.hostname, "server.port": port };
}

/** The code of an error, or its name. */
export function errorType(error: unknown): string {
  if (isMillraceError(error)) return error.code;
  if (!(error instanceof Error)) return "_OTHER";
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : error.name;
}
