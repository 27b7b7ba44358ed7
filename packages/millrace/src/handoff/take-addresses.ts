import { formatListenAddress, parseListenAddress } from "./address.js";
import type { Candidacy } from "./candidacy.js";
import type { Handle } from "./handles/handle.js";
import type { DoorFrame } from "./listen/door-frame.js";
import type { HandoffSettings } from "./options.js";

/** Where addresses may come from. With neither, this process is the first, and binds them. */
export interface AddressSources {
  /** What a service manager has passed, one for each address. */
  readonly activated: readonly Handle[] | undefined;
  /** What a predecessor has agreed to, and has passed. */
  readonly candidacy: Candidacy | undefined;
  /** Whether others may listen on the same addresses. */
  readonly reuse: boolean;
}

/**
 * Puts every address of `settings` into `frame`, in their order.
 *
 * @throws MillraceError `invalid-options` when one cannot be had
 */
export async function takeAddresses(
  frame: DoorFrame,
  { addresses }: HandoffSettings,
  { activated, candidacy, reuse }: AddressSources,
): Promise<void> {
  const way = candidacy?.acceptance.way;
  if (activated) for (const [index, asked] of addresses.entries()) frame.add(asked, activated[index]!);
  else if (!candidacy)
    for (const address of addresses) await (reuse ? frame.reuse(address) : frame.bind(address));
  else if (way === "forward")
    for (const address of candidacy.acceptance.bound) frame.addForwarded(parseListenAddress(address));
  else await takeOffered(frame, addresses.map(formatListenAddress), candidacy);
}

/** In the order of this process's own options, whatever the predecessor's is. What that does not have is bound. */
async function takeOffered(
  frame: DoorFrame,
  own: readonly string[],
  { acceptance: { way, addresses, bound }, handles }: Candidacy,
): Promise<void> {
  const left = addresses.map((text, index) => ({ text, bound: bound[index]!, handle: handles[index] }));
  try {
    for (const text of own.length > 0 ? own : addresses) {
      const at = left.findIndex((one) => one.text === text);
      const [offered] = at < 0 ? [] : left.splice(at, 1);
      const asked = parseListenAddress(text);
      if (offered?.handle) frame.add(asked, offered.handle);
      else if (way === "reuse-port") await frame.reuse(asked, parseListenAddress(offered?.bound ?? text));
      else await frame.bind(asked);
    }
  } finally {
    for (const { handle } of left) handle?.close();
  }
}
