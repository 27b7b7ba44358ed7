import { requireGroup, requirePositive, requireWhole, withDefaults } from "../../base/options.js";

/** How large the parts of a message may be. A part over its limit ends the connection, with a status. */
export interface MessageLimits {
  /**
   * Bytes of a request line without its CRLF; over it: 414 (or 400 for an endless method).
   * @defaultValue 16_384
   */
  readonly requestLineBytes: number;
  /**
   * Bytes of one field line; over it: 431.
   * @defaultValue 16_384
   */
  readonly fieldLineBytes: number;
  /**
   * Bytes of a head, start line and final empty line included; over it: 431.
   * @defaultValue 65_536
   */
  readonly headBytes: number;
  /**
   * Field lines of a head; over it: 431.
   * @defaultValue 100
   */
  readonly fieldCount: number;
  /**
   * Bytes of content; over it: 413.
   * @defaultValue Infinity
   */
  readonly bodyBytes: number;
  /**
   * Bytes of all chunk extensions of a message together; over it: 413.
   * @defaultValue 4_096
   */
  readonly chunkExtensionBytes: number;
  /**
   * Bytes of a trailer section; over it: 431.
   * @defaultValue 16_384
   */
  readonly trailerBytes: number;
  /**
   * Interim (1xx) responses before a final one.
   * @defaultValue 16
   */
  readonly interimResponses: number;
}

const defaults: MessageLimits = {
  requestLineBytes: 16_384,
  fieldLineBytes: 16_384,
  headBytes: 65_536,
  fieldCount: 100,
  bodyBytes: Infinity,
  chunkExtensionBytes: 4_096,
  trailerBytes: 16_384,
  interimResponses: 16,
};

/**
 * Fills in the default limits.
 *
 * @throws MillraceError `invalid-options` when a limit is not a positive number
 */
export function messageLimits(
  options: Partial<{ [K in keyof MessageLimits]: number | undefined }> = {},
): MessageLimits {
  requireGroup("limits", options);
  const limits = withDefaults(defaults, options);
  requireWhole("limits.requestLineBytes", limits.requestLineBytes, 16);
  requireWhole("limits.fieldLineBytes", limits.fieldLineBytes, 16);
  requireWhole("limits.headBytes", limits.headBytes, 64);
  requireWhole("limits.fieldCount", limits.fieldCount, 1);
  requirePositive("limits.bodyBytes", limits.bodyBytes);
  requireWhole("limits.chunkExtensionBytes", limits.chunkExtensionBytes, 0);
  requireWhole("limits.trailerBytes", limits.trailerBytes, 0);
  requireWhole("limits.interimResponses", limits.interimResponses, 0);
  return limits;
}
