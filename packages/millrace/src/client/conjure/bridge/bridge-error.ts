import { type ErrorCode, isMillraceError } from "../../../base/errors.js";
import type { Fields } from "../../../wire/http/fields.js";
import { isRemoteError, type RemoteError } from "../remote-error.js";
import { ConjureError, type QosMetadata } from "./conjure-error.js";
import { contentKind } from "./media-type.js";

/** Codes that say that no answer came, or not all of it. */
const networkCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "connect-failed",
  "connection-lost",
  "protocol",
  "timeout",
  "unavailable",
]);

/** What the caller of a generated client gets of whatever ended the call. */
export function bridgeError(error: unknown): ConjureError {
  if (error instanceof ConjureError) return error;
  if (isRemoteError(error)) return statusError(error);
  const network = isMillraceError(error) && networkCodes.has(error.code);
  return new ConjureError(network ? "NETWORK" : "OTHER", { originalError: error });
}

/** What the server said about load. */
export function qosOf(fields: Fields): QosMetadata {
  return { retryHint: fields.get("QoS-Retry-Hint"), dueTo: fields.get("QoS-Due-To") };
}

function statusError(error: RemoteError): ConjureError {
  const { status, fields } = error;
  const body = error.error ?? contentOfText(error.text, fields.get("Content-Type") ?? "");
  return new ConjureError("STATUS", { originalError: error, status, body, qos: qosOf(fields) });
}

/** The content of an answer that is no success: it may be cut short, or not be what it says, and is then text. */
function contentOfText(text: string, contentType: string): unknown {
  if (contentKind(contentType) !== "json") return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
