import { invalidOption } from "../../base/options.js";
import { mapRequest } from "../../service/middleware/map.js";
import type { Policy } from "../../service/service.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { basicAuthorization, type ProxyCredentials } from "./credentials.js";

/** For whom requests to a proxy are, and who asks. */
export interface AbsoluteFormOptions {
  /**
   * Host, with a port if need be, of requests that name none: `backend.internal:8080`.
   * @defaultValue none; such requests fail
   */
  readonly authority?: string | undefined;
  /** @defaultValue none */
  readonly credentials?: ProxyCredentials | undefined;
  /** More fields, for the proxy, of each request. */
  readonly fields?: Iterable<readonly [name: string, value: string]> | undefined;
}

/**
 * Writes requests the way an HTTP proxy takes them (RFC 9112 §3.2.2): with the whole URI, and with
 * `Proxy-Authorization`. For plain HTTP over connections to a proxy; the request given stays as it is.
 *
 * Around a channel it leaves the checks of members as they are, which are not for the proxy: there it belongs into
 * `memberLayer`, as `createHttpProxyRoute` has it.
 *
 * The proxy sees and can change everything. For anything else make tunnels, with `createHttpProxyDialer`.
 *
 * @throws MillraceError `invalid-options`, at once, when the credentials cannot be sent; from the call, when the
 * request names no host or is not plain HTTP
 */
export function absoluteForm(options: AbsoluteFormOptions = {}): Policy<HttpRequest, HttpResponse> {
  const { authority: fallback = "", credentials, fields: given = [] } = options;
  const forProxy = [...given];
  if (credentials) forProxy.push(["Proxy-Authorization", basicAuthorization(credentials)]);
  return mapRequest((request) => {
    const { target } = request;
    const authority = target.authority === "" ? fallback : target.authority;
    requireProxied(target.scheme, target.form, authority);
    const path = `http://${authority}${target.path === "*" ? "" : target.path}`;
    const fields = forProxy.length === 0 ? request.fields : request.fields.clone();
    for (const [name, value] of forProxy) fields.set(name, value);
    return { ...request, fields, target: { form: "origin", scheme: "http", authority, path } };
  });
}

function requireProxied(scheme: string, form: string, authority: string): void {
  if (scheme !== "http") throw invalidOption("request.target.scheme", "http, to be sent to a proxy", scheme);
  if (form === "authority") throw invalidOption("request.target", "a path, to be sent to a proxy", "CONNECT");
  if (authority === "")
    throw invalidOption("request.target.authority", "a host, to be sent to a proxy", "none");
}
