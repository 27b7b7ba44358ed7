import { invalidOption } from "../base/options.js";
import type { Service } from "../service/service.js";

/**
 * Requires a service where types were not checked: without, only the first call would fail, far from the mistake.
 *
 * @throws MillraceError `invalid-options`
 */
export function requireService(path: string, service: Service<never, unknown> | undefined | null): void {
  if (typeof service?.call === "function") return;
  const found = typeof service === "object" && service !== null ? "an object without a call" : service;
  throw invalidOption(path, "a service, such as a channel or a client", found);
}
