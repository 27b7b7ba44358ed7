import type { Change, Discover, MemberState } from "../../balance/discover.js";
import { mergeState } from "../../balance/member-set.js";
import type { Service } from "../../service/service.js";
import type { Ending } from "./ending.js";
import { type LimitMaker, Node } from "./node.js";

/** How a {@link NodeSet} makes nodes, and how long it leaves failed ones alone. */
export interface NodeSetOptions {
  readonly createLimit: LimitMaker;
  readonly cooldownMs: number;
  readonly now: () => number;
  /** Told after each change of who may be chosen. */
  readonly onChange: () => void;
}

/**
 * The nodes of a service, and which of them may be chosen now.
 *
 * A node that gets a new service under its old key keeps all that is known of it. One said to be unhealthy,
 * one that drains and one that cools down are left out, as long as others are there.
 */
export class NodeSet<K, Request, Response> implements Disposable {
  readonly #options: NodeSetOptions;
  readonly #states = new Map<Node<K, Request, Response>, MemberState>();
  readonly #subscription: Disposable;
  /** All of them, in the order they came. Another array after each change. */
  all: readonly Node<K, Request, Response>[] = [];
  #usable: readonly Node<K, Request, Response>[] = [];
  /** Clock time in milliseconds when the last one has cooled down. */
  #cooledAt = -Infinity;

  constructor(discover: Discover<K, Service<Request, Response>>, options: NodeSetOptions) {
    this.#options = options;
    this.#subscription = discover.subscribe((change) => this.#apply(change));
  }

  /** Those to choose from at `now`. The same array until something changes. */
  candidatesAt(now: number): readonly Node<K, Request, Response>[] {
    if (now >= this.#cooledAt) return this.#usable;
    const cooled = this.#usable.filter(({ cooledUntil }) => cooledUntil <= now);
    return cooled.length > 0 ? cooled : this.#usable;
  }

  /** Lets `node` cool down if a call of it ended so that it had better be left alone. */
  noteEnding(node: Node<K, Request, Response>, how: Ending, now: number): void {
    const { cooldownMs } = this.#options;
    if (cooldownMs === 0 || (how !== "unavailable" && how !== "lost")) return;
    node.cooledUntil = now + cooldownMs;
    this.#cooledAt = node.cooledUntil;
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
    this.all = [];
    this.#usable = [];
  }

  #apply(change: Change<K, Service<Request, Response>>): void {
    const present = this.all.find(({ key }) => key === change.key);
    if (change.kind === "insert") this.#insert(change, present);
    else if (!present) return;
    else if (change.kind === "update") {
      this.#states.set(present, mergeState(this.#states.get(present) ?? {}, change.state));
    } else {
      this.#states.delete(present);
      this.all = this.all.filter((node) => node !== present);
    }
    this.#sort();
    this.#options.onChange();
  }

  #insert(
    { key, service, state }: { key: K; service: Service<Request, Response>; state?: MemberState },
    present: Node<K, Request, Response> | undefined,
  ): void {
    const node = present ?? new Node(key, service, this.#options.createLimit, this.#options.now());
    node.service = service;
    this.#states.set(node, state ?? {});
    if (!present) this.all = [...this.all, node];
  }

  #sort(): void {
    const working = this.all.filter((node) => !this.#states.get(node)?.draining);
    const healthy = working.filter((node) => this.#states.get(node)?.health !== "unhealthy");
    this.#usable = [healthy, working, this.all].find((nodes) => nodes.length > 0) ?? [];
  }
}
