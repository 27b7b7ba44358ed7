import type { Discover } from "../../balance/discover.js";
import { closedError, MillraceError } from "../../base/errors.js";
import { WaitLine } from "../../base/wait-line.js";
import type { CallContext } from "../../service/context.js";
import { tell } from "../../service/fault.js";
import type { Outcome } from "../../service/outcome.js";
import type { Service } from "../../service/service.js";
import { safeCall } from "../call/safe-call.js";
import { endingOf } from "./ending.js";
import type { Node, Track } from "./node.js";
import { NodeSet } from "./node-set.js";
import { type SelectNodeOptions, type SelectNodeSettings, selectNodeSettings } from "./options.js";
import { type NodeSelectionSnapshot, snapshotOf } from "./snapshot.js";
import { Strategies } from "./strategies.js";
import type { NodeQuery } from "./strategy.js";
import { WaitingCall } from "./waiting-call.js";

/** One service made of the nodes of a service. Ready when a node has room. */
export interface NodeSelection<K, Request, Response> extends Service<Request, Response>, Disposable {
  /** What is known of the nodes now. */
  snapshot(): NodeSelectionSnapshot<K>;
  /** Stops following the nodes: new and waiting calls fail with `closed`. Calls in flight go on. */
  [Symbol.dispose](): void;
}

/**
 * Sends each call to one of the nodes that `discover` names, no faster than each can take.
 *
 * Each node has a limit that it learns, and one more for each endpoint; a call holds a permit of both until
 * the head of its response is there. Whom to prefer is up to the strategy. A call that finds no room waits,
 * first come first served, at several nodes at once if the strategy says so. Put it inside of the retry:
 * each attempt chooses anew. What is known of a node survives when a new service comes under its key.
 *
 * @throws MillraceError `unavailable`, from the call, when there is no node; nothing was sent
 * @throws MillraceError `closed`, from the call, once disposed
 * @throws MillraceError `invalid-options`, at once, when an option is out of its range
 */
export function selectNode<K, Request, Response extends { readonly status: number }>(
  discover: Discover<K, Service<Request, Response>>,
  options: SelectNodeOptions<K, Request, Response>,
): NodeSelection<K, Request, Response> {
  return new SelectingService(discover, selectNodeSettings(options));
}

class SelectingService<K, Request, Response extends { readonly status: number }>
  implements NodeSelection<K, Request, Response>
{
  readonly #settings: SelectNodeSettings<K, Request, Response>;
  readonly #nodes: NodeSet<K, Request, Response>;
  readonly #strategies: Strategies<Response>;
  readonly #waiting = new Set<WaitingCall<Node<K, Request, Response>>>();
  readonly #watchers = new WaitLine();
  readonly #scratch: Node<K, Request, Response>[] = [];
  /** Those who wait are about to choose again. */
  #changed = false;
  #closed = false;

  constructor(
    discover: Discover<K, Service<Request, Response>>,
    settings: SelectNodeSettings<K, Request, Response>,
  ) {
    const { createLimit, cooldownMs, clock } = settings;
    this.#settings = settings;
    this.#strategies = new Strategies(settings);
    const onChange = () => this.#nodesChanged();
    this.#nodes = new NodeSet(discover, { createLimit, cooldownMs, now: () => clock.now(), onChange });
  }

  get ready(): boolean {
    return this.#nodes.all.some(({ limiter }) => limiter === undefined || limiter.permits.available);
  }

  whenReady(signal?: AbortSignal): Promise<void> {
    if (this.#closed) return Promise.reject(closedError("the node selection"));
    return this.ready ? Promise.resolve() : this.#watchers.join(signal);
  }

  call(request: Request, context: CallContext): Promise<Response> {
    if (context.aborted) return Promise.reject(context.reason as Error);
    const { clock, endpointOf } = this.#settings;
    const now = clock.now();
    const nodes = this.#nodes.candidatesAt(now);
    if (nodes.length === 0) return Promise.reject(this.#noNode());
    const query = { endpoint: endpointOf(request, context), context, now, all: this.#nodes.all };
    const visit = this.#enter(nodes, query);
    return visit ? this.#run(visit, request) : this.#wait(request, query);
  }

  snapshot(): NodeSelectionSnapshot<K> {
    const now = this.#settings.clock.now();
    const { all } = this.#nodes;
    const { home } = this.#strategies.present;
    return {
      strategy: this.#strategies.name,
      waiting: this.#waiting.size,
      staysWith: all.find((node) => node === home)?.key,
      nodes: all.map((node) => snapshotOf(node, now)),
    };
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#nodes[Symbol.dispose]();
    const closed = closedError("the node selection");
    for (const call of this.#waiting) call.turnAway(closed);
    this.#watchers.rejectAll(closed);
  }

  /** Lets a call into one of `nodes`; when none has room, those to wait at are in the scratch list. */
  #enter(
    nodes: readonly Node<K, Request, Response>[],
    query: NodeQuery,
  ): Visit<K, Request, Response> | undefined {
    const waitAt = this.#scratch;
    waitAt.length = 0;
    const node = nodes.length > 1 ? this.#strategies.present.select(nodes, query, waitAt) : nodes[0]!;
    if (!node) return undefined;
    const track = node.track(query.endpoint, query.now);
    if (node.tryEnter(track)) return { node, track, query, waitedMs: 0 };
    waitAt.length = 0;
    waitAt.push(node);
    return undefined;
  }

  #wait(request: Request, query: NodeQuery): Promise<Response> {
    return new Promise((resolve, reject) => {
      const waiting: WaitingCall<Node<K, Request, Response>> = new WaitingCall(query, {
        admitted: (node, track) => {
          this.#waiting.delete(waiting);
          const now = this.#settings.clock.now();
          resolve(this.#run({ node, track, query: { ...query, now }, waitedMs: now - query.now }, request));
        },
        turnedAway: (reason) => {
          this.#waiting.delete(waiting);
          reject(reason as Error);
        },
      });
      this.#waiting.add(waiting);
      waiting.waitAt(this.#scratch, query.now);
    });
  }

  /** Has those who wait choose again, once for all changes of a moment: of many nodes each is told by itself. */
  #nodesChanged(): void {
    this.#watchers.releaseAll();
    if (this.#changed || this.#waiting.size === 0) return;
    this.#changed = true;
    queueMicrotask(() => this.#allChooseAgain());
  }

  /** In the order in which they came. */
  #allChooseAgain(): void {
    this.#changed = false;
    const calls = [...this.#waiting];
    for (const call of calls) call.stepOut();
    for (const call of calls) if (this.#waiting.has(call)) this.#chooseAgain(call);
  }

  #chooseAgain(call: WaitingCall<Node<K, Request, Response>>): void {
    const now = this.#settings.clock.now();
    const nodes = this.#nodes.candidatesAt(now);
    call.stepOut();
    if (nodes.length === 0) {
      call.turnAway(this.#noNode());
      return;
    }
    const visit = this.#enter(nodes, { ...call.query, now, all: this.#nodes.all });
    if (visit) call.admit(visit.node, visit.track);
    else call.waitAt(this.#scratch, now);
  }

  #run(visit: Visit<K, Request, Response>, request: Request): Promise<Response> {
    const { node, track, query, waitedMs } = visit;
    const { endpoint, context } = query;
    tell("selectNode.onAdmit", this.#settings.onAdmit, { key: node.key, endpoint, waitedMs, context });
    const started = node.start(track, query.now);
    const answer = safeCall(node.service, request, context);
    answer.then(
      (response) => {
        this.#ended(visit, started, { response });
        this.#strategies.heed(response);
      },
      (error: unknown) => this.#ended(visit, started, { error }),
    );
    return answer;
  }

  #ended(
    { node, track, query }: Visit<K, Request, Response>,
    started: ReturnType<Node<K, Request, Response>["start"]>,
    outcome: Outcome<Response>,
  ): void {
    const { endpoint, context } = query;
    const now = this.#settings.clock.now();
    const how = endingOf(outcome, context);
    const { startedAt } = started.flight;
    node.end(track, started, { how, now });
    this.#nodes.noteEnding(node, how, now);
    this.#strategies.present.ended(node, track, {
      how,
      endpoint,
      context,
      startedAt,
      now,
      nodes: this.#nodes.all,
    });
    node.leave(track);
    if (this.#watchers.length > 0) this.#watchers.releaseAll();
  }

  #noNode(): MillraceError {
    if (this.#closed) return closedError("the node selection");
    return new MillraceError("there is no node", { code: "unavailable", unsent: true });
  }
}

/** A call that goes to a node, of which it has the permits. */
interface Visit<K, Request, Response> {
  readonly node: Node<K, Request, Response>;
  readonly track: Track;
  readonly query: NodeQuery;
  readonly waitedMs: number;
}
