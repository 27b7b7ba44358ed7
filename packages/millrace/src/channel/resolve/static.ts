import { invalidOption } from "../../base/options.js";
import { type Address, addressKey, checkedAddress, distinctAddresses } from "./address.js";
import type { Resolver } from "./resolver.js";

/**
 * Makes a resolver of addresses that never change. They may be given as text: `10.0.0.1:80`,
 * `[::1]:80`, `unix:/run/x.sock`.
 *
 * @throws MillraceError `invalid-options` when there is none, or one cannot be read
 */
export function createStaticResolver(addresses: readonly (Address | string)[]): Resolver {
  if (!Array.isArray(addresses) || addresses.length === 0) {
    throw invalidOption("resolver.addresses", "a list of at least one address", addresses);
  }
  const known = distinctAddresses(addresses.map(checkedAddress));
  return {
    target: known.map(addressKey).join(","),
    watch(listener) {
      let watched = true;
      queueMicrotask(() => {
        if (watched) listener.resolved(known);
        if (watched) listener.ended();
      });
      return { refresh: () => {}, [Symbol.dispose]: () => void (watched = false) };
    },
  };
}
