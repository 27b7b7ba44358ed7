import type { Channel } from "./channel.js";

const opened = new Set<Channel>();

/** Every channel of this process that is open, the oldest first: for diagnostics and metrics. */
export function openedChannels(): readonly Channel[] {
  return [...opened];
}

/** Lists `channel` until disposed. */
export function listChannel(channel: Channel): Disposable {
  opened.add(channel);
  return { [Symbol.dispose]: () => void opened.delete(channel) };
}
