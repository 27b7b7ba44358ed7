import { Sweeper } from "../../base/sweeper.js";
import { createMemoryPair, type MemoryStreamOptions } from "../../testing/memory-stream.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { ClientConnection } from "../h1/client-connection.js";
import { clientSettings } from "../h1/client-settings.js";
import { ServerConnection } from "../h1/server-connection.js";
import { serverSettings } from "../h1/server-settings.js";
import { RawPeer } from "./raw-peer.js";

/** A server connection whose requests go on over one client connection; client and origin are the test's. */
export function relayInMemory(
  options: { readonly client?: MemoryStreamOptions; readonly origin?: MemoryStreamOptions } = {},
) {
  const clock = new VirtualClock();
  const sweeper = new Sweeper({ clock });
  const [nearClient, farClient] = createMemoryPair(options.client);
  const [nearOrigin, farOrigin] = createMemoryPair(options.origin);
  const upstream = new ClientConnection(nearOrigin, clientSettings({ clock, sweeper }));
  let closed = 0;
  const settings = serverSettings({ clock, sweeper });
  const connection = new ServerConnection(nearClient, upstream, settings, () => (closed += 1));
  const client = new RawPeer(farClient);
  const origin = new RawPeer(farOrigin);
  return {
    clock,
    sweeper,
    nearClient,
    nearOrigin,
    connection,
    client,
    origin,
    get closed() {
      return closed;
    },
  };
}
