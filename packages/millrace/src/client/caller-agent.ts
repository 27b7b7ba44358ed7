import type { Policy } from "../service/service.js";
import { withCall } from "../service/with-call.js";
import { FieldId } from "../wire/http/field-id.js";
import type { HttpRequest, HttpResponse } from "../wire/http/message.js";
import { callOptions } from "./call/call-options.js";
import { createUserAgentText, type UserAgent } from "./user-agent.js";

/**
 * Says in `User-Agent` who calls, unless the request says it already. Names the API of the call's
 * endpoint where the call has one.
 *
 * @throws MillraceError `invalid-options`, at once, when a name or the node id is malformed
 */
export function callerAgent(agent: UserAgent): Policy<HttpRequest, HttpResponse> {
  const textOf = createUserAgentText(agent);
  return (inner) =>
    withCall(inner, (request, context) => {
      if (request.fields.hasId(FieldId.userAgent)) return inner.call(request, context);
      const fields = request.fields.clone();
      fields.push(FieldId.userAgent, "User-Agent", textOf(context.get(callOptions)?.endpoint));
      return inner.call({ ...request, fields }, context);
    });
}
