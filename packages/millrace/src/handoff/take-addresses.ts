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
}

/**
 * Puts every address of `settings` into `frame`, in their order.
 *
 * @throws MillraceError `invalid-options` when one cannot be had
 */
export async function takeAddresses(
  frame: DoorFrame,
  { addresses }: HandoffSettings,
  { activated, candidacy }: AddressSources,
): Promise<void> {
  if (activated) for (const [index, asked] of addresses.entries()) frame.add(asked, activated[index]!);
  else if (!candidacy) for (const address of addresses) await frame.bind(address);
  else if (candidacy.acceptance.way === "pass")
    await takePassed(frame, addresses.map(formatListenAddress), candidacy);
  else for (const address of candidacy.acceptance.bound) frame.addForwarded(parseListenAddress(address));
}

/** In the order of this process's own options, whatever the predecessor's is. What that does not have is bound. */
async function takePassed(
  frame: DoorFrame,
  own: readonly string[],
  { acceptance: { addresses }, handles }: Candidacy,
): Promise<void> {
  const left = addresses.map((text, index) => ({ text, handle: handles[index]! }));
  try {
    for (const text of own.length > 0 ? own : addresses) {
      const at = left.findIndex((one) => one.text === text);
      const [passed] = at < 0 ? [] : left.splice(at, 1);
      if (passed) frame.add(parseListenAddress(text), passed.handle);
      else await frame.bind(parseListenAddress(text));
    }
  } finally {
    for (const { handle } of left) handle.close();
  }
}
