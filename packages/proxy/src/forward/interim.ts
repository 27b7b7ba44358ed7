import type { InterimResponse } from "millrace/wire";
import { endToEnd } from "./response.js";

/** Passes interim responses (103 Early Hints) on without their hop-by-hop fields. */
export function forwardInterim(onInterim: (response: InterimResponse) => void) {
  return ({ status, fields }: InterimResponse): void => onInterim({ status, fields: endToEnd(fields) });
}
