import { MillraceError } from "../../base/errors.js";

/** Why calls of a service fail that the configuration does not name, or no more. */
export function unknownService(name: string): MillraceError {
  return unavailable(`service ${name} is not in the configuration`);
}

/** Why calls of a service fail that has no nodes. */
export function emptyService(name: string): MillraceError {
  return unavailable(`service ${name} is configured with no URIs`);
}

/** Why a service does not go by its configuration, with the key path of what is wrong in front. */
export function unusableService(name: string, cause: unknown): MillraceError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MillraceError(`services.${name}.${reason}`, { code: "invalid-options", unsent: true, cause });
}

function unavailable(message: string): MillraceError {
  return new MillraceError(message, { code: "unavailable", unsent: true });
}
