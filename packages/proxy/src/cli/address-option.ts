import { InvalidArgumentError } from "commander";
import { type Address, parseAddress } from "../config/address.js";

/** Reads an address given to an option. */
export function addressOption(text: string): Address {
  const address = parseAddress(text);
  if (!address) throw new InvalidArgumentError('expected an address such as "127.0.0.1:8080" or ":8080"');
  return address;
}
