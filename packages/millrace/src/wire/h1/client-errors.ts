import { isMillraceError, MillraceError } from "../../base/errors.js";
import { ProtocolError } from "./protocol-error.js";

/** The error of a wait for the server that has lasted too long. */
export function timedOut(phase: "head" | "body" | "write", what: string, limitMs: number): MillraceError {
  return new MillraceError(`${what} within ${limitMs} ms`, { code: "timeout", unsent: false, phase });
}

/** What is wrong with a response is the server's fault, whatever status a client would get for it. */
export function badResponse(error: unknown): unknown {
  return error instanceof ProtocolError ? new ProtocolError(error.rule, 502, error.message) : error;
}

/** The error of a connection that broke while a call was on it. */
export function connectionLost(cause: Error | undefined): MillraceError {
  return new MillraceError("the connection broke before the response was whole", {
    code: "connection-lost",
    unsent: false,
    cause,
  });
}

/** A reason to fail, which may be anything, as an error. */
export function asError(reason: unknown): Error {
  return reason instanceof Error || isMillraceError(reason) ? reason : new Error(String(reason));
}
