import { isDeepStrictEqual } from "node:util";
import { closedError, type MillraceError } from "../../base/errors.js";
import type { CallContext } from "../../service/context.js";
import { faults } from "../../service/fault.js";
import { alwaysReady } from "../../service/from-function.js";
import type { Service } from "../../service/service.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { endpointKey } from "../call/endpoint-key.js";
import { clientStack } from "../client.js";
import type { ServiceConfig } from "../config/services-config.js";
import type { LimiterState } from "../metrics/limiter-gauges.js";
import { type ServicePlan, servicePlan } from "../plan.js";
import { selectNode } from "../selection/select-node.js";
import type { SecurityFiles, SecurityLease } from "../transport/security-files.js";
import { Choice } from "./choice.js";
import { NodeSet, type NodeSetOptions, type PreparedNodes } from "./node-set.js";
import { emptyService, unknownService, unusableService } from "./refusals.js";

/** What a live service is made with. */
export interface LiveServiceOptions extends NodeSetOptions {
  readonly security: SecurityFiles;
}

/** Everything that a configuration comes to. */
interface Current {
  readonly config: ServiceConfig;
  readonly plan: ServicePlan;
  readonly lease: SecurityLease;
  readonly choice: Choice;
  readonly service: Service<HttpRequest, HttpResponse>;
}

/** What is to be in force, once it is connected or somebody calls. */
interface Next {
  readonly config: ServiceConfig;
  readonly lease: SecurityLease;
  /** What it comes to, while it is being connected; what waits for a call is made then. */
  readonly made: Made | undefined;
}

/** What a configuration comes to before it is in force. */
interface Made {
  readonly plan: ServicePlan;
  readonly nodes: PreparedNodes;
}

/**
 * A service as its configuration is now. A change swaps all of it in one step: calls under way end as they
 * began, later ones go by the new. What is known of nodes that stay, limits included, is kept.
 *
 * A node in use is connected the new way before the swap. A service that nobody uses swaps with the next call: of
 * a long file that is most, and what is made for all of them at once would have to be kept.
 */
export class LiveService implements Service<HttpRequest, HttpResponse> {
  readonly ready = true;
  readonly whenReady = alwaysReady;
  readonly #options: LiveServiceOptions;
  readonly #nodes: NodeSet;
  #current: Current | undefined;
  #next: Next | undefined;
  #swapping: Promise<void> | undefined;
  /** Why calls fail; `undefined` while they are made. */
  #refusal: (() => MillraceError) | undefined;
  #closing: Promise<void> | undefined;
  readonly #shown: Disposable | undefined;

  constructor(options: LiveServiceOptions) {
    const { name: service, settings } = options;
    this.#options = options;
    this.#nodes = new NodeSet(options);
    this.#shown = settings.metrics?.showLimiters({ service, limiters: () => this.#limiters() });
    this.#refusal = () => unknownService(this.#options.name);
  }

  /** Retries of a call that says nothing else. */
  get retries(): number {
    if (this.#next && !this.#next.made) this.#catchUp();
    return this.#current?.plan.calls.retry.retries ?? 0;
  }

  call(request: HttpRequest, context: CallContext): Promise<HttpResponse> {
    if (this.#next && !this.#next.made) this.#catchUp();
    const current = this.#current;
    if (this.#refusal || !current)
      return Promise.reject(this.#refusal?.() ?? unknownService(this.#options.name));
    return current.choice.call(current.service, request, context);
  }

  /** Settles when what is being connected is in force; `undefined` while nothing is. */
  get swapping(): Promise<void> | undefined {
    return this.#swapping;
  }

  /**
   * Goes by `config` from now on, or as soon as it is connected that way; without one, every call fails. Call it
   * again only when it has settled.
   *
   * @throws MillraceError `invalid-options` when the configuration cannot be used: nothing has changed then
   */
  async apply(config: ServiceConfig | undefined): Promise<void> {
    if (this.#closing) return;
    if (config === undefined) {
      this.#refusal = () => unknownService(this.#options.name);
      this.#forgetNext();
      void this.#leave();
      return;
    }
    if (!isDeepStrictEqual(config, (this.#next ?? this.#current)?.config)) {
      try {
        await this.#change(config);
      } catch (cause) {
        throw unusableService(this.#options.name, cause);
      }
    }
    if (this.#closing) return;
    this.#refusal = config.uris.length === 0 ? () => emptyService(this.#options.name) : undefined;
  }

  /** Takes no more calls, lets those under way finish, then disconnects. Idempotent. */
  close(): Promise<void> {
    this.#refusal = () => closedError(`the client of ${this.#options.name}`);
    this.#shown?.[Symbol.dispose]();
    this.#forgetNext();
    this.#closing ??= this.#leave();
    return this.#closing;
  }

  async #change(config: ServiceConfig): Promise<void> {
    const plan = this.#plan(config);
    const lease = await this.#options.security.lease(plan.way.security);
    if (this.#closing || this.#resting) {
      this.#forgetNext();
      if (this.#closing) lease[Symbol.dispose]();
      else this.#next = { config, lease, made: undefined };
      return;
    }
    let nodes: PreparedNodes;
    try {
      nodes = this.#nodes.prepare(plan, lease.tls);
    } catch (error) {
      lease[Symbol.dispose]();
      throw error;
    }
    this.#forgetNext();
    if (nodes.warm) this.#warmUp({ config, lease, made: { plan, nodes } }, nodes.warm);
    else this.#swap({ config, lease, plan, nodes });
  }

  /** Whether nobody would notice if a change waited for the next call. */
  get #resting(): boolean {
    return Boolean(this.#current?.choice.idle) && this.#nodes.resting;
  }

  #catchUp(): void {
    const next = this.#next!;
    this.#next = undefined;
    try {
      const plan = this.#plan(next.config);
      this.#swap({ ...next, plan, nodes: this.#nodes.prepare(plan, next.lease.tls) });
    } catch (cause) {
      this.#abandon(next);
      faults.publish({ where: "client.configuration", error: unusableService(this.#options.name, cause) });
    }
  }

  #plan(config: ServiceConfig): ServicePlan {
    return servicePlan(this.#options.name, config, this.#options.settings);
  }

  #warmUp(next: Next & { readonly made: Made }, warm: Promise<void>): void {
    this.#next = next;
    const swapping = warm.then(() => {
      if (this.#swapping === swapping) this.#swapping = undefined;
      if (this.#next !== next) return;
      this.#next = undefined;
      this.#swap({ ...next, ...next.made });
    });
    this.#swapping = swapping;
  }

  #swap({ config, lease, plan, nodes }: Omit<Next, "made"> & Made): void {
    nodes.commit();
    const before = this.#current;
    const choice = before && sameChoice(before.plan, plan) ? before.choice : this.#choose(plan);
    this.#current = { config, plan, lease, choice, service: clientStack(plan.calls, choice.selection) };
    before?.lease[Symbol.dispose]();
    if (before && before.choice !== choice) void disposeWhenIdle(before.choice);
  }

  /** What was to be in force no longer is. */
  #forgetNext(): void {
    const next = this.#next;
    this.#next = undefined;
    if (next) this.#abandon(next);
  }

  #abandon({ lease, made }: Next): void {
    made?.nodes.abandon();
    lease[Symbol.dispose]();
  }

  #choose({ mesh, cooldownMs }: ServicePlan): Choice {
    const { nodeSelection: strategy, limits, random, clock } = this.#options.settings;
    const selection = selectNode<string, HttpRequest, HttpResponse>(this.#nodes.members, {
      endpointOf: endpointKey,
      strategy,
      strategyNamedBy: ({ fields }) => fields.get("node-selection-strategy"),
      limits: limits && !mesh,
      cooldownMs,
      random,
      clock,
    });
    return new Choice(selection);
  }

  /** Lets go of everything once the calls under way are over, unless the service is back by then. */
  async #leave(): Promise<void> {
    const leaving = this.#current;
    await leaving?.choice.whenIdle();
    if (this.#current !== leaving || !this.#refusal) return;
    this.#current = undefined;
    leaving?.choice.selection[Symbol.dispose]();
    leaving?.lease[Symbol.dispose]();
    await this.#nodes.close();
  }

  #limiters(): LimiterState[] {
    if (!this.#current) return [];
    const { plan, choice } = this.#current;
    // What waits for a call is not made for being looked at.
    const { nodes } = this.#next && !this.#next.made ? this.#plan(this.#next.config) : plan;
    const places = [...nodes.keys()];
    return choice.selection.snapshot().nodes.flatMap(({ key, limit, inFlight }) => {
      const place = places.indexOf(key);
      if (limit === Infinity || place < 0) return [];
      return { hostIndex: this.#options.hostIndex?.() ?? place, limit, inFlight };
    });
  }
}

function sameChoice(before: ServicePlan, after: ServicePlan): boolean {
  return before.mesh === after.mesh && before.cooldownMs === after.cooldownMs;
}

async function disposeWhenIdle(choice: Choice): Promise<void> {
  await choice.whenIdle();
  choice.selection[Symbol.dispose]();
}
