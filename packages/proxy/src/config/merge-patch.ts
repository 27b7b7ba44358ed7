/** A JSON object. */
export type JsonObject = { readonly [key: string]: unknown };

/**
 * Lays `patch` over `target` as RFC 7386 says: objects are merged, `null` removes, and everything
 * else, lists included, replaces. Neither is changed.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(Object.entries(isObject(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

/** Whether `value` is a JSON object: no list, not `null`. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
