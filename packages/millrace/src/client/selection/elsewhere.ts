import { type CallContext, createContextKey } from "../../service/context.js";

const elsewhere = createContextKey<boolean>("millrace.client.elsewhere");

/**
 * Notes of a call whose attempt has failed whether another node would take it at once, one that is not doubted and
 * where it has not been.
 */
export function noteElsewhere({ origin }: CallContext, hasRoom: boolean): void {
  origin.set(elsewhere, hasRoom);
}

/**
 * Whether another node would take a call at once whose first attempt has failed. To wait before it goes there would
 * spare nobody: the wait is for the node that failed.
 */
export function canGoElsewhere({ origin, attempt }: CallContext): boolean {
  return attempt === origin.attempt && origin.get(elsewhere) === true;
}
