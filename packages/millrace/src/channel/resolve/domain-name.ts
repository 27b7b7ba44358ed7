import { domainToASCII } from "node:url";

/** Writes a domain name in ASCII and lower case, without the dot at its end; `undefined` when it is none. */
export function asciiDomain(name: string): string | undefined {
  // What would end a host in a URL, Node cuts off without a word.
  if (/[\s/?#\\:@%[\]]/.test(name)) return undefined;
  const ascii = domainToASCII(name.replace(/\.$/, ""));
  const proper = /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/.test(ascii) && ascii.length <= 253;
  return proper ? ascii : undefined;
}
