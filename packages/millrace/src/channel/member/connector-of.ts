import type { Connector } from "../connect/connector.js";
import type { Dialer } from "../connect/dialer.js";
import { type Address, addressKey } from "../resolve/address.js";

/** The connector of `address`. A dialer that throws, for an address it cannot dial, makes one that always fails. */
export function connectorOf(dial: Dialer, address: Address): Connector {
  try {
    return dial(address);
  } catch (error) {
    return {
      target: addressKey(address),
      encrypted: false,
      connect: () => Promise.reject(error as Error),
    };
  }
}
