import { randomUUID } from "node:crypto";
import { invalidOption } from "../../../base/options.js";
import { type ConjureErrorCode, statusOfCode } from "../error-code.js";
import type { SerializedError } from "../serialized-error.js";

const brand = Symbol.for("millrace.service-error");
const namePattern = /^[A-Z][a-zA-Z0-9]*:[A-Z][a-zA-Z0-9]*$/;

/** Values that go with an error, by name. */
export type ErrorParameters = Readonly<Record<string, unknown>>;

/** What a {@link ServiceError} is made of. */
export interface ServiceErrorInit {
  /** What kind of failure it is. */
  readonly code: ConjureErrorCode;
  /** Namespace and name, each in upper camel case: `Widgets:WidgetNotFound`. */
  readonly name: string;
  /**
   * Values that may be logged anywhere.
   * @defaultValue none
   */
  readonly safe?: ErrorParameters | undefined;
  /**
   * Values that clients get, but logs only where unsafe values belong.
   * @defaultValue none
   */
  readonly unsafe?: ErrorParameters | undefined;
  /**
   * Names this one occurrence: clients are told, and logs should have it.
   * @defaultValue a random UUID
   */
  readonly instanceId?: string | undefined;
  /** What went wrong underneath; clients never hear of it. */
  readonly cause?: unknown;
}

/**
 * A failure that a Conjure service tells its clients about, with its code, name and parameters.
 *
 * The message holds nothing that is unsafe to log.
 */
export class ServiceError extends Error {
  /** Always `ServiceError`. */
  override readonly name: string = "ServiceError";
  readonly [brand] = true;
  /** What kind of failure it is. */
  readonly code: ConjureErrorCode;
  /** Namespace and name: `Widgets:WidgetNotFound`. */
  readonly errorName: string;
  /** Names this one occurrence. */
  readonly instanceId: string;
  /** Values that may be logged anywhere. */
  readonly safe: ErrorParameters;
  /** Values that are unsafe to log. */
  readonly unsafe: ErrorParameters;

  /** @throws MillraceError `invalid-options` when the code is unknown or the name malformed */
  constructor(init: ServiceErrorInit) {
    const { code, name, safe = {}, unsafe = {}, instanceId = randomUUID(), cause } = init;
    if (statusOfCode(code) === undefined) throw invalidOption("serviceError.code", "a code of Conjure", code);
    if (!namePattern.test(name))
      throw invalidOption("serviceError.name", "Namespace:Name in upper camel case", name);
    super(`${name} (${code}, ${instanceId})`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.errorName = name;
    this.instanceId = instanceId;
    this.safe = safe;
    this.unsafe = unsafe;
  }

  /** The error as it goes over the wire. */
  toJSON(): SerializedError {
    const { code, errorName, instanceId } = this;
    const parameters = { ...this.safe, ...this.unsafe };
    return { errorCode: code, errorName, errorInstanceId: instanceId, parameters };
  }
}

/** Recognises a {@link ServiceError}, also one made by another copy of this package. */
export function isServiceError(value: unknown): value is ServiceError {
  return value instanceof Error && brand in value;
}
