import type { MemberState } from "../../balance/discover.js";
import { createMemberSet, type MemberSet } from "../../balance/member-set.js";
import type { Sweeper } from "../../base/sweeper.js";
import type { ClientTlsOptions } from "../../channel/tls/client-tls.js";
import type { Service } from "../../service/service.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { nodeStack } from "../client.js";
import type { ClientSettings } from "../options.js";
import type { ServicePlan } from "../plan.js";
import type { Transport } from "../transport/transport.js";
import { type WarmUp, warmUp } from "./warm-up.js";

/** What nodes are reached with. */
export interface NodeSetOptions {
  /** Name of the service in the configuration. */
  readonly name: string;
  readonly settings: ClientSettings;
  readonly sweeper: Sweeper;
  /**
   * Place of the one node in what is measured.
   * @defaultValue its place among the nodes
   */
  readonly hostIndex?: (() => number) | undefined;
}

interface OpenNode {
  readonly transport: Transport;
  /** The layers around the transport. */
  readonly service: Service<HttpRequest, HttpResponse>;
  /** What the transport was opened with: something else needs another. */
  readonly way: string;
  readonly index: number;
}

/** Nodes that may become those of the set. Either is called once. */
export interface PreparedNodes {
  /**
   * Settles when those that take the place of connected ones are connected themselves, or are given up, after as
   * long as a call would wait; `undefined` where there is nothing to wait for.
   */
  readonly warm: Promise<void> | undefined;
  /** Makes the set what was prepared, at once. Calls on nodes that go are finished there. */
  commit(): void;
  /** Closes what was opened. */
  abandon(): void;
}

/**
 * The nodes of a service, with their transports. One that stays when the configuration changes keeps its
 * key, and so all that is known of it; its transport too, unless the way to it has changed.
 */
export class NodeSet {
  /** Who may be chosen, by URL. */
  readonly members: MemberSet<string, Service<HttpRequest, HttpResponse>> = createMemberSet();
  readonly #options: NodeSetOptions;
  #open: ReadonlyMap<string, OpenNode> = new Map();
  readonly #retiring = new Set<Promise<void>>();

  constructor(options: NodeSetOptions) {
    this.#options = options;
  }

  /** Whether no node has a connection or carries a call. */
  get resting(): boolean {
    for (const { transport } of this.#open.values()) if (!transport.resting) return false;
    return true;
  }

  /**
   * Opens what is missing. The set stays as it is.
   *
   * @throws what opening a transport throws
   */
  prepare(plan: ServicePlan, files: ClientTlsOptions): PreparedNodes {
    const tls = this.#measured(files);
    const wanted = new Map<string, OpenNode>();
    try {
      let index = 0;
      for (const [key, url] of plan.nodes) {
        wanted.set(key, this.#reach(key, url, { plan, tls, index: this.#options.hostIndex?.() ?? index }));
        index += 1;
      }
    } catch (error) {
      this.#retireAll(wanted, this.#open);
      throw error;
    }
    const warmUp = this.#warmUp(wanted, plan.way.connectTimeoutMs);
    return {
      warm: warmUp?.done,
      commit: () => this.#commit(wanted),
      abandon: () => {
        this.#retireAll(wanted, this.#open);
        warmUp?.giveUp();
      },
    };
  }

  /** Lets all nodes go. Settles when the last call on one is over. */
  async close(): Promise<void> {
    for (const key of this.#open.keys()) this.members.remove(key);
    this.#retireAll(this.#open, new Map());
    this.#open = new Map();
    await Promise.all(this.#retiring);
  }

  #reach(
    key: string,
    url: URL,
    {
      plan,
      tls,
      index,
    }: { readonly plan: ServicePlan; readonly tls: ClientTlsOptions; readonly index: number },
  ): OpenNode {
    const known = this.#open.get(key);
    const way = JSON.stringify(plan.way);
    if (known?.way === way && known.index === index) return known;
    const { name, settings, sweeper } = this.#options;
    const { clock, random, openTransport, nodeChannels: channel } = settings;
    const opening = { service: name, url, ...plan.way, tls, channel, clock, random, sweeper };
    const transport = known?.way === way ? known.transport : this.#follow(key, openTransport(opening));
    const service = nodeStack({ service: name, settings, url, index }, transport);
    return { transport, service, way, index };
  }

  /** Counts the handshakes that are made with `tls`. */
  #measured(tls: ClientTlsOptions): ClientTlsOptions {
    const { name: context, settings } = this.#options;
    const count = settings.metrics?.tlsHandshake;
    return count
      ? { ...tls, onHandshake: ({ protocol, cipher }) => count(1, { context, protocol, cipher }) }
      : tls;
  }

  /** Leaves the node at `key` out while `transport`, if that is its own, cannot reach it. */
  #follow(key: string, transport: Transport): Transport {
    transport.reachable?.subscribe(() => {
      if (this.#open.get(key)?.transport === transport) this.members.update(key, stateOf(transport));
    });
    return transport;
  }

  /** Connects those that take the place of connected ones. One that has lost its connection is not worth waiting for. */
  #warmUp(wanted: ReadonlyMap<string, OpenNode>, limitMs: number): WarmUp | undefined {
    const cold: Transport[] = [];
    for (const [key, { transport }] of wanted) {
      const before = this.#open.get(key)?.transport;
      if (!before || before === transport || before.resting || before.reachable?.value === false) continue;
      if (transport.warm) cold.push(transport);
    }
    return cold.length > 0 ? warmUp(cold, { limitMs, clock: this.#options.settings.clock }) : undefined;
  }

  #commit(wanted: ReadonlyMap<string, OpenNode>): void {
    const before = this.#open;
    this.#open = wanted;
    for (const [key, node] of wanted) {
      if (node !== before.get(key)) this.members.insert(key, node.service, stateOf(node.transport));
    }
    for (const key of before.keys()) if (!wanted.has(key)) this.members.remove(key);
    this.#retireAll(before, wanted);
  }

  /** Lets the transports go that are among `nodes` and not among `kept`. */
  #retireAll(nodes: ReadonlyMap<string, OpenNode>, kept: ReadonlyMap<string, OpenNode>): void {
    for (const [key, { transport }] of nodes) {
      if (kept.get(key)?.transport === transport) continue;
      const retiring: Promise<void> = transport.close().finally(() => this.#retiring.delete(retiring));
      this.#retiring.add(retiring);
    }
  }
}

function stateOf({ reachable }: Transport): MemberState {
  return { health: (reachable?.value ?? true) ? "healthy" : "unhealthy" };
}
