import { randomBytes } from "node:crypto";

/** Makes names for requests. */
export type NextRequestId = () => string;

/** The last three digits of an id; the others change only when these have gone round. */
const lastDigits: readonly string[] = Array.from({ length: 4096 }, (_, value) => hex(value, 3));

/**
 * Makes ids of 32 hexadecimal digits: a random part drawn once a process, and a count. Unique, and
 * telling nobody anything; not a secret.
 */
export function createRequestIds(randomPart: string = randomBytes(12).toString("hex")): NextRequestId {
  let count = 0;
  let leading = "";
  return () => {
    const last = count & 0xfff;
    if (last === 0) leading = randomPart + hex(count >>> 12, 5);
    count = (count + 1) >>> 0;
    return leading + lastDigits[last]!;
  };
}

/** Whether a client's own id is kept: short, and without anything to confuse a log. */
export function isUsableRequestId(id: string): boolean {
  return /^[\w.~+/=:@-]{1,128}$/.test(id);
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
