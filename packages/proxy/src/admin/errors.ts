import { isMillraceError } from "millrace/base";
import { ConfigError } from "millrace/config";
import { PoolRefusal, type RefusalReason } from "../pool/refusal.js";

/** A request that could not be done, as it is told. */
export interface AdminFault {
  readonly status: number;
  /** What kind of error, for programs. */
  readonly error: string;
  readonly message: string;
  /** The part of the request that is at fault, where one part is. */
  readonly field?: string;
  /** Methods that the path takes, where this one is not among them. */
  readonly allow?: readonly string[];
}

const refusalStatuses: Readonly<Record<RefusalReason, number>> = {
  "unknown-server": 404,
  ambiguous: 409,
  conflict: 409,
  stale: 412,
  "handed-over": 503,
};

/** A request that is refused for what it is, before any route sees it. */
export class AdminRefusal extends Error {
  override readonly name = "AdminRefusal";
  readonly fault: AdminFault;

  constructor(fault: AdminFault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** Decides how each kind of error is answered. All statuses of failures are chosen here. */
export function toFault(error: unknown): AdminFault {
  if (error instanceof AdminRefusal) return error.fault;
  if (error instanceof ConfigError) return invalidFault(error);
  if (error instanceof PoolRefusal) return refusalFault(error);
  if (isMillraceError(error, "unavailable"))
    return { status: 503, error: "unavailable", message: error.message };
  return (
    frameworkFault(error) ?? {
      status: 500,
      error: "internal",
      message: "a fault of the proxy; its log says more",
    }
  );
}

function invalidFault({ issues, message }: ConfigError): AdminFault {
  const [issue] = issues;
  return { status: 400, error: "invalid", message: issue?.message ?? message, field: issue?.field ?? "" };
}

function refusalFault({ reason, message, field }: PoolRefusal): AdminFault {
  return {
    status: refusalStatuses[reason],
    error: reason,
    message,
    ...(field === undefined ? {} : { field }),
  };
}

/** Fastify's own errors: a body that is too large, a path that cannot be decoded. */
function frameworkFault(error: unknown): AdminFault | undefined {
  const { statusCode, code, message } = error as { statusCode?: unknown; code?: unknown; message?: unknown };
  if (typeof statusCode !== "number" || statusCode < 400 || statusCode > 499) return undefined;
  const kind = statusCode === 413 ? "too-large" : "bad-request";
  return {
    status: statusCode,
    error: kind,
    message: typeof code === "string" ? String(message) : "bad request",
  };
}
