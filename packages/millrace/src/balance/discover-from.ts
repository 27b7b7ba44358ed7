import { tell } from "../service/fault.js";
import type { Change, Discover } from "./discover.js";
import { createMemberSet } from "./member-set.js";

/**
 * Follows `changes` and offers the members they add up to. Starts reading at once; stops, and asks the
 * source to stop, when disposed.
 *
 * When the source ends or fails, the members it had named stay: better old ones than none. A failure is
 * handed to `onFailure`; what that throws goes to `faults`.
 */
export function discoverFrom<K, S>(
  changes: AsyncIterable<Change<K, S>>,
  onFailure: (error: unknown) => void = ignore,
): Discover<K, S> & Disposable {
  const members = createMemberSet<K, S>();
  const source = changes[Symbol.asyncIterator]();
  let disposed = false;

  const follow = async () => {
    for (let step = await source.next(); !step.done && !disposed; step = await source.next()) {
      const change = step.value;
      if (change.kind === "insert") members.insert(change.key, change.service, change.state);
      else if (change.kind === "update") members.update(change.key, change.state);
      else members.remove(change.key);
    }
  };
  follow().catch((error: unknown) => disposed || tell("discoverFrom.onFailure", onFailure, error));

  return {
    subscribe: (listener) => members.subscribe(listener),
    [Symbol.dispose]: () => {
      disposed = true;
      // Not waited for: a source that waits for its next change answers only after it.
      source.return?.().catch(ignore);
    },
  };
}

function ignore(): void {}
