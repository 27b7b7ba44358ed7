import type { MillraceError } from "../../base/errors.js";
import { createTopic, type EventTopic } from "../../base/events.js";

/** New certificates are in use, or were refused. */
export interface TlsReload {
  /** The files. */
  readonly files: readonly string[];
  /** Why they were refused; `undefined` when they are in use. */
  readonly error: MillraceError | undefined;
  /** When the certificate in use expires, in milliseconds since the Unix epoch. */
  readonly expiresAt: number | undefined;
}

/** Tells of each reload of certificates, refused ones included. */
export const tlsReloads: EventTopic<TlsReload> = createTopic("millrace.tls.reload");

/** Asked of all files that are followed; who has a certificate in use answers before `publish` returns. */
export interface TlsExpiryQuestion {
  /** Takes an answer: `expiresAt` in milliseconds since the Unix epoch. */
  tell(files: readonly string[], expiresAt: number): void;
}

/** Asks everything that follows files until when its certificate is good: for metrics, whoever came first. */
export const tlsExpiryQuestions: EventTopic<TlsExpiryQuestion> = createTopic("millrace.tls.expiry");
