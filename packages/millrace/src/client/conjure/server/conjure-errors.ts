import type { Policy } from "../../../service/service.js";
import { withCall } from "../../../service/with-call.js";
import { BytesBody, emptyBody } from "../../../wire/http/body.js";
import { Fields } from "../../../wire/http/fields.js";
import type { HttpRequest, HttpResponse } from "../../../wire/http/message.js";
import { reasonOf } from "../../../wire/http/status.js";
import { type ErrorAnswerOptions, errorAnswer } from "./error-answer.js";

/** Answers with a Conjure error whatever the inner service fails with: for servers of `millrace/wire`. */
export function conjureErrors(options: ErrorAnswerOptions = {}): Policy<HttpRequest, HttpResponse> {
  return (inner) =>
    withCall(inner, (request, context) =>
      inner.call(request, context).catch((error: unknown) => {
        if (context.aborted) throw error;
        const { status, headers, body } = errorAnswer(error, options);
        return {
          status,
          reason: reasonOf(status),
          fields: Fields.from(Object.entries(headers)),
          body: body === "" ? emptyBody : BytesBody.ofText(body),
        };
      }),
    );
}
