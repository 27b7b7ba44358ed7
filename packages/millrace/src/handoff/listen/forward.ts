import { connect, Socket } from "node:net";
import type { Handle } from "../handles/handle.js";
import { writeProxyHeader } from "./proxy-header.js";

/**
 * Carries a connection to the process that listens at `path`, byte for byte, with a header that tells where it comes
 * from. Each direction ends when its sender ends it; a fault ends both.
 */
export function forwardConnection(client: Handle, path: string): void {
  const outside = new Socket({ handle: client, allowHalfOpen: true, pauseOnCreate: true } as object);
  const inside = connect({ path, allowHalfOpen: true });
  outside.setNoDelay(true);
  inside.write(writeProxyHeader(endsOf(outside)));
  for (const [one, other] of [
    [outside, inside],
    [inside, outside],
  ] as const) {
    one.on("error", () => other.destroy());
    one.once("close", (failed) => {
      if (failed) other.destroy();
    });
    one.pipe(other);
  }
}

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket) {
  if (!remoteAddress || !localAddress) return undefined;
  return { remoteAddress, remotePort: remotePort ?? 0, localAddress, localPort: localPort ?? 0 };
}
