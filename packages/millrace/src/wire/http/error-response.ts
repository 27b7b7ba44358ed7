import { isMillraceError, type MillraceError } from "../../base/errors.js";
import { BytesBody } from "./body.js";
import { errorStatus } from "./error-status.js";
import { FieldId } from "./field-id.js";
import { Fields } from "./fields.js";
import type { HttpResponse } from "./message.js";
import { reasonOf } from "./status.js";

/**
 * Makes the plain answer for an error: its status with one line of text. The message of an error that
 * is not Millrace's own is kept from the client.
 */
export function errorResponse(error: unknown): HttpResponse {
  const status = errorStatus(error);
  const detail = tellsNothingInner(error) ? `: ${error.message}` : "";
  const fields = new Fields();
  fields.push(FieldId.contentType, "Content-Type", "text/plain; charset=utf-8");
  if (isMillraceError(error) && error.retryAfterMs !== undefined) {
    fields.push(FieldId.retryAfter, "Retry-After", String(Math.ceil(error.retryAfterMs / 1_000)));
  }
  const reason = reasonOf(status);
  return { status, reason, fields, body: BytesBody.ofText(`${status} ${reason}${detail}\n`) };
}

/** Whether the message is for clients: a fault of the service itself is not. */
function tellsNothingInner(error: unknown): error is MillraceError {
  return isMillraceError(error) && error.code !== "invalid-options";
}
