import { type Balancer, balance } from "../../balance/balance.js";
import { createMemberSet, type MemberSet } from "../../balance/member-set.js";
import { type Clock, systemClock } from "../../base/clock.js";
import { closedError, MillraceError } from "../../base/errors.js";
import { WaitLine } from "../../base/wait-line.js";
import type { CallContext } from "../../service/context.js";
import { retry } from "../../service/middleware/retry.js";
import type { Service } from "../../service/service.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { whenResponseDone } from "../../wire/http/when-done.js";
import type { Dialer } from "../connect/dialer.js";
import { connectorOf } from "../member/connector-of.js";
import { type Address, addressKey } from "../resolve/address.js";
import type { Resolution, ResolutionListener, Resolver } from "../resolve/resolver.js";
import { createRetryPolicy } from "../retry-policy.js";
import { openConnectionPool } from "./connection-pool.js";
import type { ConnectionPool, ConnectionPoolOptions } from "./connection-pool-options.js";
import { messageOf } from "./last-error.js";

/** How the addresses of a server are connected to. */
export interface ServerPoolOptions
  extends Omit<ConnectionPoolOptions, "connector" | "keptConnections" | "onDisconnected"> {
  /** Makes the connector of each address. */
  readonly dial: Dialer;
}

/** Calls to one server, over connections that are made as they are needed. */
export interface ServerPool
  extends Service<HttpRequest, HttpResponse>,
    Pick<ConnectionPool, "open" | "idle" | "waiting" | "close" | "destroy">,
    AsyncDisposable {
  /** Replaces the options, as {@link ConnectionPool.configure} does. */
  configure(options: ServerPoolOptions): void;
}

/**
 * Opens a pool of connections to a server that a name stands for: to all its addresses, whichever they
 * are at the time. A call that cannot connect to one goes to the next; connections to an address that is
 * no longer named finish their calls and go.
 *
 * Members of a channel are always connected, and checked; here nothing is done that no call asks for.
 *
 * @throws MillraceError `connect-failed`, from the call, when the name cannot be resolved
 */
export function openServerPool(resolver: Resolver, options: ServerPoolOptions): ServerPool {
  return new NamedServerPool(resolver, options);
}

class NamedServerPool implements ServerPool, ResolutionListener {
  readonly #target: string;
  readonly #clock: Clock;
  readonly #pools = new Map<string, { readonly address: Address; readonly pool: ConnectionPool }>();
  readonly #leaving = new Set<ConnectionPool>();
  readonly #members: MemberSet<string, Service<HttpRequest, HttpResponse>> = createMemberSet();
  readonly #callers = new WaitLine();
  readonly #resolution: Resolution;
  readonly #balancer: Balancer<string, HttpRequest, HttpResponse>;
  readonly #balanced: Service<HttpRequest, HttpResponse>;
  #options: ServerPoolOptions;
  /** The only pool, when there is one address: nothing is to be chosen then. */
  #only: ConnectionPool | undefined;
  /** Why there is no address, while there is none. */
  #unresolved: { readonly cause: unknown } | undefined;
  #closing: Promise<void> | undefined;

  constructor(resolver: Resolver, options: ServerPoolOptions) {
    this.#target = resolver.target;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#balancer = balance(this.#members, { whenDone: whenResponseDone, clock: this.#clock });
    const policy = createRetryPolicy(["connect-failure"]);
    this.#balanced = retry({ attempts: 3, policy, whenDone: whenResponseDone, clock: this.#clock })(
      this.#balancer,
    );
    this.#resolution = resolver.watch(this);
  }

  get open(): number {
    return this.#sum(({ open }) => open);
  }

  get idle(): number {
    return this.#sum(({ idle }) => idle);
  }

  get waiting(): number {
    return this.#callers.length + this.#sum(({ waiting }) => waiting);
  }

  get ready(): boolean {
    return this.#only ? this.#only.ready : this.#pools.size > 0 && this.#balanced.ready;
  }

  whenReady(signal?: AbortSignal): Promise<void> {
    if (this.#only) return this.#only.whenReady(signal);
    if (this.#closing) return Promise.reject(closedError(this.#target));
    return this.#pools.size > 0 ? this.#balanced.whenReady(signal) : this.#callers.join(signal);
  }

  call(request: HttpRequest, context: CallContext): Promise<HttpResponse> {
    if (this.#only) return this.#only.call(request, context);
    if (this.#closing) return Promise.reject(closedError(this.#target));
    if (this.#pools.size > 0) return this.#balanced.call(request, context);
    if (this.#unresolved) return Promise.reject(this.#unresolvable(this.#unresolved.cause));
    return this.#callers.join(context.signal).then(() => this.call(request, context));
  }

  configure(options: ServerPoolOptions): void {
    this.#options = options;
    for (const { address, pool } of this.#pools.values()) pool.configure(this.#poolOptions(address));
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  destroy(): void {
    for (const { pool } of this.#pools.values()) pool.destroy();
    for (const pool of [...this.#leaving]) pool.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal Hears the resolver. */
  resolved(addresses: readonly Address[]): void {
    const named = new Map(addresses.map((address) => [addressKey(address), address]));
    for (const key of [...this.#pools.keys()]) if (!named.has(key)) this.#leave(key);
    for (const [key, address] of named) {
      if (this.#pools.has(key)) this.#members.update(key, { weight: address.weight ?? 1 });
      else this.#enter(key, address);
    }
    this.#look();
    this.#callers.releaseAll();
  }

  /** @internal Hears the resolver. */
  failed(cause: unknown): void {
    if (this.#pools.size > 0) return;
    this.#unresolved = { cause };
    this.#callers.releaseAll();
  }

  /** @internal Hears the resolver. */
  ended(): void {
    if (this.#pools.size === 0) this.failed(new Error("there is no address"));
  }

  #enter(key: string, address: Address): void {
    const pool = openConnectionPool(this.#poolOptions(address));
    this.#pools.set(key, { address, pool });
    this.#members.insert(key, pool, { weight: address.weight ?? 1 });
  }

  #leave(key: string): void {
    const { pool } = this.#pools.get(key)!;
    this.#pools.delete(key);
    this.#members.remove(key);
    this.#leaving.add(pool);
    void pool.close().then(() => this.#leaving.delete(pool));
  }

  /** One for each call: whoever gets it may add to it. */
  #unresolvable(cause: unknown): MillraceError {
    const message = `cannot resolve ${this.#target}: ${messageOf(cause)}`;
    return new MillraceError(message, { code: "connect-failed", unsent: true, cause });
  }

  #look(): void {
    const [first, second] = [...this.#pools.values()];
    this.#only = second ? undefined : first?.pool;
  }

  #poolOptions(address: Address): ConnectionPoolOptions {
    const { dial, ...options } = this.#options;
    return {
      ...options,
      connector: connectorOf(dial, address),
      onDisconnected: ({ failure }) => {
        // It may have moved.
        if (failure !== undefined) this.#resolution.refresh();
      },
    };
  }

  #sum(count: (pool: ConnectionPool) => number): number {
    let sum = 0;
    for (const { pool } of this.#pools.values()) sum += count(pool);
    for (const pool of this.#leaving) sum += count(pool);
    return sum;
  }

  async #closeAll(): Promise<void> {
    this.#resolution[Symbol.dispose]();
    this.#callers.rejectAll(closedError(this.#target));
    const closing = Array.from(this.#pools.values(), ({ pool }) => pool.close());
    await Promise.all([...closing, ...Array.from(this.#leaving, (pool) => pool.close())]);
    this.#balancer[Symbol.dispose]();
  }
}
