import { randomBytes } from "node:crypto";

/** Makes names for requests. */
export type NextRequestId = () => string;

/**
 * Makes ids of 32 hexadecimal digits: a random part drawn once a process, and a count. Unique, and
 * telling nobody anything; not a secret.
 */
export function createRequestIds(randomPart: string = randomBytes(12).toString("hex")): NextRequestId {
  let count = 0;
  return () => {
    count = (count + 1) >>> 0;
    return randomPart + (count + 0x1_0000_0000).toString(16).slice(1);
  };
}

/** Whether a client's own id is kept: short, and without anything to confuse a log. */
export function isUsableRequestId(id: string): boolean {
  return /^[\w.~+/=:@-]{1,128}$/.test(id);
}
