import { invalidOption } from "../base/options.js";
import type { Change, Discover, MemberState } from "./discover.js";

/** A set of members that is changed by hand. Every change is seen by every subscriber before it returns. */
export interface MemberSet<K, S> extends Discover<K, S> {
  /** How many members there are. */
  readonly size: number;
  /** Whether there is a member `key`. */
  has(key: K): boolean;
  /**
   * Adds a member, in place of one that had the same key.
   *
   * @throws MillraceError `invalid-options` when the weight is not positive
   */
  insert(key: K, service: S, state?: MemberState): void;
  /**
   * Changes what `state` names of member `key`. False when there is none.
   *
   * @throws MillraceError `invalid-options` when the weight is not positive
   */
  update(key: K, state: MemberState): boolean;
  /** Takes member `key` out. False when there is none. */
  remove(key: K): boolean;
}

/** Makes an empty set of members. */
export function createMemberSet<K, S>(): MemberSet<K, S> {
  return new ListeningSet();
}

interface Present<S> {
  readonly service: S;
  readonly state: MemberState;
}

class ListeningSet<K, S> implements MemberSet<K, S> {
  readonly #present = new Map<K, Present<S>>();
  readonly #listeners = new Set<{ tell(change: Change<K, S>): void }>();

  get size(): number {
    return this.#present.size;
  }

  has(key: K): boolean {
    return this.#present.has(key);
  }

  insert(key: K, service: S, state: MemberState = {}): void {
    requireWeight(state);
    this.#present.set(key, { service, state });
    this.#tell({ kind: "insert", key, service, state });
  }

  update(key: K, state: MemberState): boolean {
    requireWeight(state);
    const present = this.#present.get(key);
    if (!present) return false;
    this.#present.set(key, { service: present.service, state: mergeState(present.state, state) });
    this.#tell({ kind: "update", key, state });
    return true;
  }

  remove(key: K): boolean {
    if (!this.#present.delete(key)) return false;
    this.#tell({ kind: "remove", key });
    return true;
  }

  subscribe(listener: (change: Change<K, S>) => void): Disposable {
    for (const [key, { service, state }] of this.#present) listener({ kind: "insert", key, service, state });
    const entry = { tell: listener };
    this.#listeners.add(entry);
    return { [Symbol.dispose]: () => void this.#listeners.delete(entry) };
  }

  #tell(change: Change<K, S>): void {
    for (const listener of [...this.#listeners]) listener.tell(change);
  }
}

/**
 * What is known of a member after `change`.
 *
 * @internal
 */
export function mergeState(before: MemberState, change: MemberState): MemberState {
  return {
    weight: change.weight ?? before.weight,
    health: change.health ?? before.health,
    draining: change.draining ?? before.draining,
  };
}

function requireWeight({ weight }: MemberState): void {
  if (weight === undefined || (typeof weight === "number" && weight > 0 && weight < Infinity)) return;
  throw invalidOption("member.weight", "a finite number more than 0", weight);
}
