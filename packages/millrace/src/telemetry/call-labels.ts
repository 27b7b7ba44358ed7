import { isMillraceError } from "../base/errors.js";
import { methodLabel } from "../base/method-label.js";
import type { Labels } from "../base/metric-sink.js";
import type { PublishedHttpCall } from "../http/index.js";

/** What the conventions of OpenTelemetry say of a call that begins. */
export function callLabels({ client, method, scheme, authority }: PublishedHttpCall): Labels {
  const url = URL.canParse(`${scheme}://${authority}`) ? new URL(`${scheme}://${authority}`) : undefined;
  return {
    "http.request.method": methodLabel(method),
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
