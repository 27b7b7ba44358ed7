import { invalidOption } from "../../base/options.js";
import { type Address, distinctAddresses, parseAddress } from "./address.js";

/**
 * Reads a list of addresses: JSON when it begins with `[`, else one address a line.
 *
 * - a line: `10.0.0.1:80`, `unix:/run/x.sock`, with `weight=3` after it where one is wanted; `#` begins a
 *   comment
 * - JSON: strings as above, and objects `{"address": "10.0.0.1:80", "weight": 3}`
 *
 * @throws MillraceError `invalid-options` when an entry cannot be read, with its line or index
 */
export function parseAddressList(text: string): readonly Address[] {
  const plain = text.replace(/^\uFEFF/, "");
  const addresses = plain.trimStart().startsWith("[") ? readJson(plain) : readLines(plain);
  return distinctAddresses(addresses);
}

function readLines(text: string): readonly Address[] {
  return text.split("\n").flatMap((line, at) => {
    const [address, weight, ...more] = line
      .replace(/(^|\s)#.*/, "")
      .trim()
      .split(/\s+/);
    if (!address) return [];
    const where = `line ${at + 1}`;
    if (more.length > 0) throw invalidOption(where, "an address and at most a weight", line.trim());
    if (weight === undefined) return [located(where, address)];
    const value = /^weight=(\S+)$/.exec(weight)?.[1];
    return [weighted(where, located(where, address), value === undefined ? weight : Number(value))];
  });
}

function readJson(text: string): readonly Address[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw invalidOption("addresses", "a JSON list", (error as Error).message);
  }
  if (!Array.isArray(list)) throw invalidOption("addresses", "a JSON list", "something else");
  return list.map((item: unknown, at) => {
    const where = `[${at}]`;
    if (typeof item === "string") return located(where, item);
    const { address, weight } = (item ?? {}) as { address?: unknown; weight?: unknown };
    if (typeof address !== "string") {
      throw invalidOption(where, 'an address, or {"address": …, "weight": …}', JSON.stringify(item));
    }
    const found = located(where, address);
    return weight === undefined ? found : weighted(where, found, weight);
  });
}

function located(where: string, text: string): Address {
  try {
    return parseAddress(text);
  } catch {
    throw invalidOption(where, "an address like 10.0.0.1:80, [::1]:80 or unix:/path", text);
  }
}

function weighted(where: string, address: Address, weight: unknown): Address {
  if (typeof weight === "number" && weight > 0 && weight < Infinity) return { ...address, weight };
  throw invalidOption(where, "a weight that is a positive number", weight);
}
