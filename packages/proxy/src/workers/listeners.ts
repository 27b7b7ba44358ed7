import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { MillraceError } from "millrace/base";
import type { Handle } from "millrace/handoff";
import { formatAddress } from "../config/address.js";
import type { ListenSpec } from "../config/daemon-config.js";
import type { ListenerRecord } from "../ipc/messages.js";

/** A listening address, taken: workers get the handle, and accept. Nobody accepts from it in this process. */
export interface Listener {
  /** What is said of it to workers. */
  readonly record: ListenerRecord;
  readonly handle: Handle;
}

/**
 * Describes each of `specs` to workers, with the content of its certificates.
 *
 * @throws MillraceError `invalid-options` when a certificate cannot be read, or is none
 */
export function readListenerRecords(specs: readonly ListenSpec[]): Promise<readonly ListenerRecord[]> {
  return Promise.all(
    specs.map(async ({ address, tls }) => {
      const text = formatAddress(address);
      return tls ? { address: text, tls: await readSecrets(tls, text) } : { address: text };
    }),
  );
}

async function readSecrets(
  files: NonNullable<ListenSpec["tls"]>,
  text: string,
): Promise<{ cert: string; key: string }> {
  try {
    const [cert, key] = await Promise.all([
      readFile(files.certFile, "utf8"),
      readFile(files.keyFile, "utf8"),
    ]);
    createSecureContext({ cert, key });
    return { cert, key };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `the certificate for ${text} cannot be used: ${reason}`;
    throw new MillraceError(message, { code: "invalid-options", unsent: true, cause });
  }
}
