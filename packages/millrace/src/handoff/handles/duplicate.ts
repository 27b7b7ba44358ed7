import type { Handle, HandleClasses } from "./handle.js";
import { connectSender, openReceiver } from "./pass.js";

/** Copies sockets within this process. */
export interface Duplicator extends AsyncDisposable {
  /** A second handle of the same socket: closing one leaves the other, and the connections that wait, alone. */
  duplicate(handle: Handle): Promise<Handle>;
}

/**
 * Opens a way to copy sockets: this process passes them to itself. Node has no `dup`, and a listening handle can only
 * stop accepting by being closed, so whoever wants to hold an address without accepting needs two.
 *
 * `path` is where the two ends meet, for a moment.
 */
export async function openDuplicator(path: string, classes: HandleClasses): Promise<Duplicator> {
  const receiver = await openReceiver(path, classes);
  const sender = await connectSender(path, classes);
  return {
    async duplicate(handle) {
      const arriving = receiver.next();
      await sender.send(handle);
      return arriving;
    },
    async [Symbol.asyncDispose]() {
      sender[Symbol.dispose]();
      await receiver[Symbol.asyncDispose]();
    },
  };
}
