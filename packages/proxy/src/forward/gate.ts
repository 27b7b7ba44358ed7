import type { Policy } from "millrace/service";
import {
  BytesBody,
  emptyBody,
  FieldId,
  Fields,
  type HttpRequest,
  type HttpResponse,
  reasonOf,
} from "millrace/wire";
import { isSpent } from "./max-forwards.js";
import { isLooping } from "./via.js";

/**
 * Answers what a gateway must answer itself: methods it does not offer, requests that have used up their
 * `Max-Forwards`, and those that go in circles (RFC 9110 §7.6.2, §7.6.3, §9.3.6, §9.3.8).
 */
export function gate(pseudonym: string | false): Policy<HttpRequest, HttpResponse> {
  return (inner) => ({
    get ready() {
      return inner.ready;
    },
    whenReady: (signal) => inner.whenReady(signal),
    call(request, context) {
      const answer = ownAnswer(request, pseudonym);
      if (!answer) return inner.call(request, context);
      if (request.body.kind === "stream") request.body.cancel();
      return Promise.resolve(answer);
    },
  });
}

function ownAnswer(request: HttpRequest, pseudonym: string | false): HttpResponse | undefined {
  const { method, fields } = request;
  if (method === "CONNECT" || method === "TRACE") return refusal(405, `${method} is not offered here`);
  if (pseudonym !== false && isLooping(fields, pseudonym)) return refusal(508, "the request goes in circles");
  if (isSpent(request)) return { status: 200, reason: "OK", fields: allow(), body: emptyBody };
  return undefined;
}

function refusal(status: number, message: string): HttpResponse {
  const fields = status === 405 ? allow() : new Fields();
  // What a client sends after a CONNECT that it takes for granted must not be read as a request.
  if (status === 405) fields.push(FieldId.connection, "Connection", "close");
  fields.push(FieldId.contentType, "Content-Type", "text/plain; charset=utf-8");
  return {
    status,
    reason: reasonOf(status),
    fields,
    body: BytesBody.ofText(`${status} ${reasonOf(status)}: ${message}\n`),
  };
}

function allow(): Fields {
  return Fields.from([["Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"]]);
}
