import type { Registry } from "prom-client";
import type { ListenerCertificate } from "../../workers/listeners.js";
import { gauge, type Values } from "./series.js";

/** Tells until when the certificates that clients get are good, and whether their files have been refused. */
export function certificateMetrics(registry: Registry, certificates: readonly ListenerCertificate[]): void {
  const until: Values = certificates.map(({ address, expiresAt = Infinity }) => [
    { listener: address },
    expiresAt / 1_000,
  ]);
  const stale: Values = certificates.map((one) => [{ listener: one.address }, one.stale ? 1 : 0]);
  const untilHelp = "When the certificate expires, in seconds since the Unix epoch.";
  gauge(registry, "millrace_certificate_valid_until_seconds", untilHelp, until);
  gauge(registry, "millrace_certificate_stale", "Whether the files as they are now were refused.", stale);
}
