import { checkDocument } from "millrace/config";
import { z } from "zod";
import { isObject, mergePatch } from "./merge-patch.js";
import { resolveSettings } from "./resolve.js";
import type { ProxySettings } from "./settings.js";
import { type TunablesDocument, tunablesSchema } from "./tunables.js";

/** The settings that can change while the proxy runs, in all the forms they are needed in. */
export interface LiveConfig {
  /** From file and flags. */
  readonly base: TunablesDocument;
  /** From the admin API, laid over `base`. */
  readonly overrides: TunablesDocument;
  /** The effective whole as people write it: what `GET /config` shows and `PATCH /config` takes back. */
  readonly document: TunablesDocument;
  /** The effective whole as workers get it. */
  readonly settings: ProxySettings;
}

/**
 * Lays overrides over what file and flags say.
 *
 * @throws ConfigError
 */
export function createLiveConfig(base: TunablesDocument = {}, overrides: TunablesDocument = {}): LiveConfig {
  const tunables = checkDocument(tunablesSchema, mergePatch(base, overrides));
  return {
    base,
    overrides,
    document: z.encode(tunablesSchema, tunables),
    settings: resolveSettings(tunables),
  };
}

/**
 * Changes what a JSON merge patch names. `null` returns a setting to what file, flags or defaults say.
 *
 * @throws ConfigError when the result would not be valid; nothing has changed then
 */
export function patchLiveConfig({ base, overrides }: LiveConfig, patch: unknown): LiveConfig {
  checkDocument(tunablesSchema, withoutNulls(patch));
  return createLiveConfig(base, mergePatch(overrides, patch) as TunablesDocument);
}

/** A patch may remove only what could be there, so its keys are checked with what it sets. */
function withoutNulls(patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  return Object.fromEntries(
    Object.entries(patch).map(([key, value]) => [key, value === null ? undefined : withoutNulls(value)]),
  );
}
