import { requireWhole } from "../base/options.js";
import type { Change, Discover, MemberState } from "./discover.js";
import { mergeState } from "./member-set.js";
import { hashText } from "./pickers/hash.js";

/** Which part of the members {@link subset} leaves. */
export interface SubsetOptions<K> {
  /** Number of this client among all clients, from 0. Clients numbered without gaps share the members evenly. */
  readonly client: number;
  /** Most members to leave, a whole number of at least 1. */
  readonly size: number;
  /** Names a member, the same in every process. @defaultValue its key as text */
  readonly nameOf?: ((key: K) => string) | undefined;
}

/**
 * Leaves each client a part of the members, so that many clients of many members do not all connect to
 * all (deterministic subsetting, "Site Reliability Engineering" chapter 20).
 *
 * Every n clients in a row, where n parts make the whole, divide the members among themselves, in an
 * order that differs from one such round to the next. When a member comes or leaves, a client exchanges
 * one of its own at most, as long as n stays the same; when n changes, most clients move. Members that
 * fall from the part are removed: their calls in flight go on.
 *
 * @throws MillraceError `invalid-options`, at once, when an option is out of its range
 */
export function subset<K, S>(discover: Discover<K, S>, options: SubsetOptions<K>): Discover<K, S> {
  requireWhole("subset.client", options.client, 0, Number.MAX_SAFE_INTEGER);
  requireWhole("subset.size", options.size, 1);
  return {
    subscribe(listener) {
      const part = new Part(options, listener);
      const subscription = discover.subscribe((change) => part.apply(change));
      part.start();
      return subscription;
    },
  };
}

interface Present<S> {
  readonly service: S;
  readonly state: MemberState;
}

/** What one subscriber sees. */
class Part<K, S> {
  readonly #options: SubsetOptions<K>;
  readonly #listener: (change: Change<K, S>) => void;
  readonly #all = new Map<K, Present<S>>();
  #shown: ReadonlySet<K> = new Set();
  #started = false;

  constructor(options: SubsetOptions<K>, listener: (change: Change<K, S>) => void) {
    this.#options = options;
    this.#listener = listener;
  }

  /** Shows the part of what came so far, and follows each change from now on. */
  start(): void {
    this.#started = true;
    this.#show();
  }

  apply(change: Change<K, S>): void {
    const { key } = change;
    const before = this.#all.get(key);
    if (change.kind === "remove") this.#all.delete(key);
    else if (change.kind === "insert") {
      this.#all.set(key, { service: change.service, state: change.state ?? {} });
    } else if (before) {
      this.#all.set(key, { service: before.service, state: mergeState(before.state, change.state) });
    }
    if (!this.#started) return;
    if (before && change.kind !== "remove") {
      if (this.#shown.has(key)) this.#listener(change);
    } else this.#show();
  }

  #show(): void {
    const before = this.#shown;
    const after = new Set(this.#choose());
    this.#shown = after;
    // New ones first: there is never a moment without members.
    for (const key of after) {
      if (!before.has(key)) this.#listener({ kind: "insert", key, ...this.#all.get(key)! });
    }
    for (const key of before) if (!after.has(key)) this.#listener({ kind: "remove", key });
  }

  #choose(): readonly K[] {
    const { client, size, nameOf = String } = this.#options;
    const parts = Math.floor(this.#all.size / size);
    if (parts <= 1 && this.#all.size <= size) return [...this.#all.keys()];
    const round = Math.floor(client / parts);
    const ranked = Array.from(this.#all.keys(), (key) => ({ key, rank: hashText(nameOf(key), round) }));
    ranked.sort((a, b) => a.rank - b.rank);
    const from = (client % parts) * size;
    return ranked.slice(from, from + size).map(({ key }) => key);
  }
}
