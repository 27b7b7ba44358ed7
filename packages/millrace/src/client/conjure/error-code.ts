/** What kind of failure a Conjure error is. Each kind has one HTTP status: {@link statusOfCode}. */
export type ConjureErrorCode =
  | "PERMISSION_DENIED"
  | "INVALID_ARGUMENT"
  | "NOT_FOUND"
  | "CONFLICT"
  | "REQUEST_ENTITY_TOO_LARGE"
  | "FAILED_PRECONDITION"
  | "INTERNAL"
  | "TIMEOUT"
  | "CUSTOM_CLIENT"
  | "CUSTOM_SERVER";

const statuses: Readonly<Record<ConjureErrorCode, number>> = {
  PERMISSION_DENIED: 403,
  INVALID_ARGUMENT: 400,
  NOT_FOUND: 404,
  CONFLICT: 409,
  REQUEST_ENTITY_TOO_LARGE: 413,
  FAILED_PRECONDITION: 500,
  INTERNAL: 500,
  TIMEOUT: 500,
  CUSTOM_CLIENT: 400,
  CUSTOM_SERVER: 500,
};

/** The HTTP status that goes with a code of the Conjure wire format; `undefined` for a code it does not have. */
export function statusOfCode(code: string): number | undefined {
  return Object.hasOwn(statuses, code) ? statuses[code as ConjureErrorCode] : undefined;
}
