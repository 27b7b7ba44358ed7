import { isDeepStrictEqual } from "node:util";
import { closedError, MillraceError } from "../../base/errors.js";
import type { CallContext } from "../../service/context.js";
import { alwaysReady } from "../../service/from-function.js";
import type { Service } from "../../service/service.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { callOptions } from "../call/call-options.js";
import type { Endpoint } from "../call/endpoint.js";
import { clientStack } from "../client.js";
import type { ServiceConfig } from "../config/services-config.js";
import type { LimiterState } from "../metrics/limiter-gauges.js";
import { type ServicePlan, servicePlan } from "../plan.js";
import { selectNode } from "../selection/select-node.js";
import type { SecurityFiles, SecurityLease } from "../transport/security-files.js";
import { Choice } from "./choice.js";
import { NodeSet, type NodeSetOptions } from "./node-set.js";

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

/**
 * A service as its configuration is now. A change swaps all of it in one step: calls under way end as they
 * began, later ones go by the new. What is known of nodes that stay, limits included, is kept.
 */
export class LiveService implements Service<HttpRequest, HttpResponse> {
  readonly ready = true;
  readonly whenReady = alwaysReady;
  readonly #options: LiveServiceOptions;
  readonly #nodes: NodeSet;
  #current: Current | undefined;
  /** Why calls fail; `undefined` while they are made. */
  #refusal: (() => MillraceError) | undefined;
  #closing: Promise<void> | undefined;
  readonly #shown: Disposable | undefined;

  constructor(options: LiveServiceOptions) {
    const { name: service, settings } = options;
    this.#options = options;
    this.#nodes = new NodeSet(options);
    this.#shown = settings.metrics?.showLimiters({ service, limiters: () => this.#limiters() });
    this.#refusal = () => this.#unknown();
  }

  /** Retries of a call that says nothing else. */
  get retries(): number {
    return this.#current?.plan.calls.retry.retries ?? 0;
  }

  call(request: HttpRequest, context: CallContext): Promise<HttpResponse> {
    const current = this.#current;
    if (this.#refusal || !current) return Promise.reject((this.#refusal ?? this.#unknown)());
    return current.choice.call(current.service, request, context);
  }

  /**
   * Goes by `config` from now on; without one, every call fails. Call it again only when it has settled.
   *
   * @throws MillraceError `invalid-options` when the configuration cannot be used: nothing has changed then
   */
  async apply(config: ServiceConfig | undefined): Promise<void> {
    if (this.#closing) return;
    if (config === undefined) {
      this.#refusal = () => this.#unknown();
      void this.#leave();
      return;
    }
    if (!this.#current || !isDeepStrictEqual(config, this.#current.config)) {
      try {
        await this.#change(config);
      } catch (cause) {
        throw unusable(this.#options.name, cause);
      }
    }
    this.#refusal = config.uris.length === 0 ? () => this.#empty() : undefined;
  }

  /** Takes no more calls, lets those under way finish, then disconnects. Idempotent. */
  close(): Promise<void> {
    this.#refusal = () => closedError(`the client of ${this.#options.name}`);
    this.#shown?.[Symbol.dispose]();
    this.#closing ??= this.#leave();
    return this.#closing;
  }

  async #change(config: ServiceConfig): Promise<void> {
    const { security, settings } = this.#options;
    const plan = servicePlan(this.#options.name, config, settings);
    const lease = await security.lease(plan.way.security);
    try {
      this.#nodes.prepare(plan, lease.tls)();
    } catch (error) {
      lease[Symbol.dispose]();
      throw error;
    }
    const before = this.#current;
    const choice = before && sameChoice(before.plan, plan) ? before.choice : this.#choose(plan);
    this.#current = { config, plan, lease, choice, service: clientStack(plan.calls, choice.selection) };
    before?.lease[Symbol.dispose]();
    if (before && before.choice !== choice) void disposeWhenIdle(before.choice);
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
    const places = [...plan.nodes.keys()];
    return choice.selection.snapshot().nodes.flatMap(({ key, limit, inFlight }) => {
      const hostIndex = this.#options.hostIndex?.() ?? places.indexOf(key);
      return limit === Infinity ? [] : { hostIndex, limit, inFlight };
    });
  }

  #unknown(): MillraceError {
    return unavailable(`service ${this.#options.name} is not in the configuration`);
  }

  #empty(): MillraceError {
    return unavailable(`service ${this.#options.name} is configured with no URIs`);
  }
}

function sameChoice(before: ServicePlan, after: ServicePlan): boolean {
  return before.mesh === after.mesh && before.cooldownMs === after.cooldownMs;
}

async function disposeWhenIdle(choice: Choice): Promise<void> {
  await choice.whenIdle();
  choice.selection[Symbol.dispose]();
}

function unusable(name: string, cause: unknown): MillraceError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MillraceError(`services.${name}.${reason}`, { code: "invalid-options", unsent: true, cause });
}

/** Made once each: text that is new to every call is hashed by every call. */
const endpointKeys = new WeakMap<Endpoint, string>();

function endpointKey(request: HttpRequest, context: CallContext): string {
  const endpoint = context.get(callOptions)?.endpoint;
  if (!endpoint) return request.method;
  let key = endpointKeys.get(endpoint);
  if (key === undefined) {
    key = `${endpoint.method} ${endpoint.path}`;
    endpointKeys.set(endpoint, key);
  }
  return key;
}

function unavailable(message: string): MillraceError {
  return new MillraceError(message, { code: "unavailable", unsent: true });
}
