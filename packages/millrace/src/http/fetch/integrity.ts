import { createHash } from "node:crypto";

/** Digests, one of which content must have. */
export interface Integrity {
  readonly algorithm: string;
  /** In base64, without padding. */
  readonly digests: readonly string[];
}

/** From the weakest to the strongest. */
const algorithms = ["sha256", "sha384", "sha512"];

/**
 * Reads integrity metadata: `sha384-` and a digest in base64, as often as wanted. The strongest algorithm counts
 * (Subresource Integrity §3.3); what is not understood asks for nothing.
 */
export function parseIntegrity(text: string): Integrity | undefined {
  let strongest = -1;
  let digests: string[] = [];
  for (const one of text.split(/[\t\n\f\r ]+/)) {
    const [, name = "", digest = ""] = /^(sha\d+)-([A-Za-z0-9+/_-]+)={0,2}(?:\?.*)?$/i.exec(one) ?? [];
    const strength = algorithms.indexOf(name.toLowerCase());
    if (strength < 0 || strength < strongest) continue;
    if (strength > strongest) digests = [];
    strongest = strength;
    digests.push(digest.replaceAll("-", "+").replaceAll("_", "/"));
  }
  return strongest < 0 ? undefined : { algorithm: algorithms[strongest]!, digests };
}

/** Whether `content` has one of the digests. */
export function isIntact(content: Uint8Array, { algorithm, digests }: Integrity): boolean {
  const digest = createHash(algorithm).update(content).digest("base64").replace(/=+$/, "");
  return digests.includes(digest);
}
