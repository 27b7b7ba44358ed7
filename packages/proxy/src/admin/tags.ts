import type { Pool } from "../pool/pool.js";
import { AdminRefusal } from "./errors.js";

/** Names the pool as it has last been edited. Health checks leave it as it is. */
export function tagOf({ generation }: Pick<Pool, "generation">): string {
  return `"${generation}"`;
}

/**
 * Reads `If-Match`. `undefined` when any state of the pool will do.
 *
 * @throws AdminRefusal when it is not a tag of ours
 */
export function generationOf(pool: Pool, ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === "*") return undefined;
  const [, digits] = /^"(\d{1,15})"$/.exec(ifMatch.trim()) ?? [];
  if (digits !== undefined) return Number(digits);
  const message = `expected a tag such as ${tagOf(pool)}`;
  throw new AdminRefusal({ status: 400, error: "invalid", message, field: "If-Match" });
}
