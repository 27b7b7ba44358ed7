/** An error as the Conjure wire format carries it: the JSON body of an answer that is not 2xx. */
export interface SerializedError {
  /** A `ConjureErrorCode`, or one that this version does not know. */
  readonly errorCode: string;
  /** Namespace and name: `Widgets:WidgetNotFound`. */
  readonly errorName: string;
  /** Names this one occurrence, in the logs of whoever threw it. */
  readonly errorInstanceId: string;
  /** What went with it. Of unknown safety: do not log values from another service as safe. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/**
 * Reads a Conjure error from the text of an answer; `undefined` when the text is anything else.
 * Members that this version does not know are dropped, and missing parameters are none.
 */
export function parseSerializedError(text: string): SerializedError | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const { errorCode, errorName, errorInstanceId, parameters = {} } = value;
  if (typeof errorCode !== "string" || typeof errorName !== "string") return undefined;
  if (typeof errorInstanceId !== "string" || !isRecord(parameters)) return undefined;
  return { errorCode, errorName, errorInstanceId, parameters };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
