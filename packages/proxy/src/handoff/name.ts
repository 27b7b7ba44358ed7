import type { Address } from "../config/address.js";

/**
 * What a proxy is found by when nobody names it: where its clients connect first. `proxy-8080`, or
 * `proxy-10.0.0.1-8080` for one address of the machine.
 */
export function defaultHandoffName({ host, port }: Address): string {
  const everywhere = host === "0.0.0.0" || host === "::";
  const where = everywhere ? "" : `${host.replace(/[^\w.]/g, "-").slice(0, 48)}-`;
  return `proxy-${where}${port}`;
}

/** What a worker is called that holds the place of its manager, which has died. */
export const regent = "worker-without-manager";
