import { isIP } from "node:net";
import { z } from "zod";

/** A list of networks in CIDR notation, or of single addresses. */
export function networks(description: string) {
  const error = 'expected a network such as "10.0.0.0/8" or an address';
  return z
    .array(z.string(error).refine(isNetwork, error), "expected a list of networks")
    .meta({ description });
}

/** A list of protocol names, in lower case. */
export function tokens(description: string) {
  const error = 'expected a protocol name in lower case such as "websocket"';
  const token = z.string(error).regex(/^[a-z0-9!#$%&'*+.^_`|~/-]+$/, error);
  return z.array(token, "expected a list of protocol names").meta({ description });
}

/** A name for this proxy in `Via`, or `false`. */
export function pseudonym(description: string) {
  const error = "expected a name of up to 64 characters without spaces, or false";
  const name = z.string(error).regex(/^[\w!#$%&'*+.^`|~-]{1,64}$/, error);
  return z.union([name, z.literal(false)], { error }).meta({ description });
}

function isNetwork(network: string): boolean {
  const [address = "", bits, ...rest] = network.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
