const brand = Symbol.for("millrace.qos-error");

/** What a {@link QosError} tells clients. */
export interface QosErrorInit {
  /**
   * `throttle` asks this client to slow down (429); `unavailable` says that this server can take no requests
   * now (503), which makes clients try another one.
   */
  readonly kind: "throttle" | "unavailable";
  /**
   * How long the client is to wait before another try, in milliseconds; sent as whole seconds, rounded up. Less than 0
   * is 0; what is not finite says nothing.
   * @defaultValue nothing is said
   */
  readonly retryAfterMs?: number | undefined;
  /**
   * Whether clients must not try again at all: `QoS-Retry-Hint: do-not-retry`.
   * @defaultValue false
   */
  readonly doNotRetry?: boolean | undefined;
  /**
   * What the load is due to: `QoS-Due-To`. `custom` says that it is not this server's own health, so that
   * clients need not avoid it.
   * @defaultValue nothing is said
   */
  readonly dueTo?: "custom" | undefined;
}

/** A refusal, not a failure: the server protects itself, and says how clients can help. */
export class QosError extends Error {
  /** Always `QosError`. */
  override readonly name: string = "QosError";
  readonly [brand] = true;
  /** Whether the client is to slow down, or this server cannot take requests. */
  readonly kind: "throttle" | "unavailable";
  /** How long the client is to wait before another try, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** Whether clients must not try again at all. */
  readonly doNotRetry: boolean;
  /** What the load is due to. */
  readonly dueTo: "custom" | undefined;

  constructor(init: QosErrorInit) {
    super(init.kind === "throttle" ? "the client is to slow down" : "no requests can be taken now");
    this.kind = init.kind;
    this.retryAfterMs = init.retryAfterMs;
    this.doNotRetry = init.doNotRetry ?? false;
    this.dueTo = init.dueTo;
  }
}

/** Recognises a {@link QosError}, also one made by another copy of this package. */
export function isQosError(value: unknown): value is QosError {
  return value instanceof Error && brand in value;
}
