import { X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import type { Validity } from "./validity.js";

/** Certificates and a key, as files hold them. */
export interface PemMaterial {
  /**
   * Authorities to trust, in PEM.
   * @defaultValue those Node trusts
   */
  readonly ca?: string | readonly string[] | undefined;
  /** Certificate to show, in PEM, followed by its intermediates. */
  readonly cert?: string | undefined;
  /** Private key of `cert`, in PEM. */
  readonly key?: string | undefined;
}

/**
 * Makes the context of `material`, once all of it is known to be good.
 *
 * Node passes over authorities it cannot read, which would come to light only when nobody is trusted.
 *
 * @throws Error when something cannot be read, or key and certificate do not belong together
 */
export function pemContext({ ca, cert, key }: PemMaterial): SecureContext {
  if ((cert === undefined) !== (key === undefined)) {
    throw new Error(
      cert === undefined ? "there is a key, but no certificate" : "there is a certificate, but no key",
    );
  }
  const authorities = ca === undefined ? undefined : [ca].flat();
  for (const pem of authorities ?? []) readCertificates(pem);
  if (cert !== undefined) readCertificates(cert);
  return createSecureContext({
    ...(authorities && { ca: authorities }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  });
}

/**
 * Reads the certificates of `pem`, which has at least one.
 *
 * @throws Error when there is none, or one is cut off or broken
 */
function readCertificates(pem: string): readonly X509Certificate[] {
  const blocks = pem
    .split(/(?=-----BEGIN )/)
    .filter((block) => block.startsWith("-----BEGIN CERTIFICATE-----"));
  if (blocks.length === 0) throw new Error("there is no certificate in PEM");
  return blocks.map((block) => new X509Certificate(block));
}

/**
 * When the first certificate of `pem` is good, in milliseconds since the Unix epoch.
 *
 * @throws Error when there is none
 */
export function validityOf(pem: string): Validity {
  const [certificate] = readCertificates(pem);
  return { validFrom: Date.parse(certificate!.validFrom), expiresAt: Date.parse(certificate!.validTo) };
}
