import type { Policy } from "../../service/service.js";
import { withCall } from "../../service/with-call.js";
import { FieldId } from "../../wire/http/field-id.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import type { ProxyCredentials } from "../config/services-config.js";

/**
 * Writes requests of plain `http` for a proxy on their way: with the whole URL as their target (RFC 9112
 * §3.2.2), and with credentials where the proxy wants them. Calls of `https` go through a tunnel instead.
 */
export function forwardProxy(credentials?: ProxyCredentials): Policy<HttpRequest, HttpResponse> {
  const authorization = credentials && basicAuthorization(credentials);
  return (inner) =>
    withCall(inner, (request, context) => {
      const { target } = request;
      const path = `${target.scheme}://${target.authority}${target.path === "*" ? "" : target.path}`;
      let { fields } = request;
      if (authorization !== undefined) {
        fields = fields.clone();
        fields.delete("Proxy-Authorization");
        fields.push(FieldId.proxyAuthorization, "Proxy-Authorization", authorization);
      }
      return inner.call({ ...request, fields, target: { ...target, form: "absolute", path } }, context);
    });
}

/** The value of `Proxy-Authorization` in the basic scheme (RFC 7617), in UTF-8. */
function basicAuthorization({ username, password }: ProxyCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}
