import { fileURLToPath } from "node:url";
import { startPeer } from "./peer.mjs";

/**
 * A peer that is a script of `servers/`: one Node process, one origin, no retries.
 *
 * @param {string} name
 * @param {string} script in `servers/`
 * @param {readonly string[]} packages that it imports
 * @returns {import("./peer.mjs").Peer}
 */
export function nodeScript(name, script, packages) {
  const file = fileURLToPath(new URL(`servers/${script}`, import.meta.url));
  return {
    name,
    node: true,
    rescues: false,
    missing: () => (packages.every(resolvable) ? undefined : `npm install (it needs ${packages.join(", ")})`),
    start: (options) =>
      startPeer(
        [process.execPath, file, String(options.listenPort), String(options.origins[0].port)],
        options,
      ),
  };
}

function resolvable(/** @type {string} */ packageName) {
  try {
    import.meta.resolve(packageName);
    return true;
  } catch {
    return false;
  }
}
