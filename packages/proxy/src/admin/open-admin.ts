import type { AddressInfo } from "node:net";
import { MillraceError } from "millrace/base";
import { type Address, formatAddress } from "../config/address.js";
import { createAdminApp } from "./app.js";
import type { AdminParts } from "./parts.js";

/** The admin API, listening. */
export interface Admin extends AsyncDisposable {
  /** With the port that the system chose for port 0. */
  readonly address: Address;
}

/**
 * Serves the admin API at `address` until closed.
 *
 * @throws MillraceError `invalid-options` when the address cannot be had
 */
export async function openAdmin(parts: AdminParts, address: Address): Promise<Admin> {
  const app = createAdminApp(parts, address);
  try {
    await app.listen(address);
  } catch (cause) {
    await app.close();
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason =
      code === "EADDRINUSE" ? "another program listens there; stop it, or choose another address" : message;
    const text = `cannot serve the admin API on ${formatAddress(address)}: ${reason}`;
    throw new MillraceError(text, { code: "invalid-options", unsent: true, cause });
  }
  const { port } = app.server.address() as AddressInfo;
  return { address: { host: address.host, port }, [Symbol.asyncDispose]: () => app.close() };
}
