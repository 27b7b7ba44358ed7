import type { Clock } from "../../base/clock.js";
import { MillraceError } from "../../base/errors.js";
import type { ClientTlsOptions } from "../../channel/tls/client-tls.js";
import { tlsReloads } from "../../channel/tls/tls-events.js";
import { openTlsFiles } from "../../channel/tls/tls-files.js";
import type { SecurityConfig } from "../config/services-config.js";

/** TLS files that are watched. */
export interface OpenSecurity extends AsyncDisposable {
  /** Gives each new connection what the files say by then. */
  readonly tls: ClientTlsOptions;
}

/** Who hears of files that cannot be used any more. */
export interface SecurityOptions {
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/**
 * Reads the files of a security block, and again when they change. Changes that cannot be used are reported,
 * and what the files said before stays in use.
 *
 * @throws MillraceError `invalid-options` when one cannot be used, at first only
 */
export async function openSecurity(
  config: SecurityConfig,
  { clock, onError }: SecurityOptions,
): Promise<OpenSecurity> {
  // Clients join no signals, whose certificates are theirs alone.
  const files = openTlsFiles({ ...config, addsToDefaults: true, signals: false, clock });
  await files.reload();
  if (!files.material.value) {
    await files.close();
    const reason = files.lastError?.message ?? "the files cannot be read";
    throw new MillraceError(`security: ${reason}`, {
      code: "invalid-options",
      unsent: true,
      cause: files.lastError,
    });
  }
  const hearing = tlsReloads.subscribe(({ error }) => {
    // The topic is that of all files: only the last error of these is theirs.
    if (error !== undefined && error === files.lastError) onError(error);
  });
  return {
    tls: { secureContext: files.context },
    async [Symbol.asyncDispose]() {
      hearing[Symbol.dispose]();
      await files.close();
    },
  };
}
