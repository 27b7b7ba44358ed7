import { invalidOption } from "../base/options.js";
import type { HandoffWay } from "./control/messages.js";
import { reusesPorts } from "./handles/reuse-port.js";
import type { HandoffSettings } from "./options.js";

/** What decides which ways a process can go. */
export interface WayMeans {
  /** Whether sockets can be passed on this system. */
  readonly passes: boolean;
  /** Whether a service manager has passed a socket for every address. */
  readonly activated: boolean;
}

/** Ways that are allowed and that this process can go, the best first. */
export function possibleWays(
  { ways, gate, addresses }: HandoffSettings,
  { passes, activated }: WayMeans,
): readonly HandoffWay[] {
  const can: Record<HandoffWay, () => boolean> = {
    inherit: () => activated,
    pass: () => passes,
    forward: () => !gate,
    "reuse-port": () => !gate && addresses.every(({ kind }) => kind === "tcp") && reusesPorts(),
  };
  return ways.filter((way) => can[way]());
}

/** Ways by which a process can hand over. What it has bound so that others can have it, too, it cannot give. */
export function waysOn(
  { ways }: HandoffSettings,
  possible: readonly HandoffWay[],
  reuses: boolean,
): readonly HandoffWay[] {
  if (reuses) return ["reuse-port"];
  const others = possible.filter((way) => way !== "reuse-port");
  // Whoever has its own sockets from the service manager needs none of this process.
  return ways.includes("inherit") ? [...new Set<HandoffWay>(["inherit", ...others])] : others;
}

/**
 * Requires that there is a way.
 *
 * @throws MillraceError `invalid-options` when only a shared port is allowed, and cannot be had
 */
export function requirePossible({ ways }: HandoffSettings, possible: readonly HandoffWay[]): void {
  if (possible.length > 0 || ways.some((way) => way !== "reuse-port")) return;
  const found = `reuse-port alone, on Node ${process.version} (${process.platform})`;
  throw invalidOption("handoff.ways", "another way beside reuse-port where no port can be shared", found);
}
