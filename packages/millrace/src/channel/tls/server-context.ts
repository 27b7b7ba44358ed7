import type { SecureContextOptions, Server } from "node:tls";
import type { TlsFiles, TlsMaterial } from "./tls-files.js";

/**
 * Gives `server` the certificates of `files`, now and whenever they change, until disposed of.
 * Connections made before go on as they are. Whether clients must show a certificate (`requestCert`,
 * `rejectUnauthorized`) is the server's own affair; those of the authorities of `files` are trusted.
 *
 * A server has no certificate, and refuses every handshake, until the files could be read: wait for
 * `files.whenLoaded()` before it listens. `options` says what else the context needs (`minVersion`, `ciphers`).
 */
export function followTlsFiles(
  server: Server,
  files: TlsFiles,
  options: SecureContextOptions = {},
): Disposable {
  const apply = (material: TlsMaterial | undefined) => {
    if (!material) return;
    const { ca, cert, key } = material;
    server.setSecureContext({ ...options, cert, key, ...(ca !== undefined && { ca: [ca].flat() }) });
  };
  apply(files.material.value);
  return files.material.subscribe(apply);
}
