import { closedError } from "../../base/errors.js";
import type { Expirable } from "../../base/sweeper.js";
import { WatchSource } from "../../base/watch.js";
import { type Channel, openChannel } from "../../channel/channel.js";
import type { ChannelOptions } from "../../channel/options.js";
import { absoluteForm } from "../../channel/proxy/absolute-form.js";
import { createHttpProxyDialer } from "../../channel/proxy/http-proxy-dialer.js";
import { resolverFor } from "../../channel/resolve/resolver-for.js";
import type { CallContext } from "../../service/context.js";
import { alwaysReady } from "../../service/from-function.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { requireProxy } from "./require-proxy.js";
import type { Transport, TransportOptions } from "./transport.js";

/** The addresses of a node that are tried at once while none is connected: enough for one of each family, twice. */
const racing = 4;

/** A node that is down is tried in the background no less often than this, in milliseconds. */
const longestBackoffMs = 15_000;

/**
 * Opens the way to a node: a channel, connected with the first call or at once, and let go of when nobody calls
 * for long. A call that finds no connection waits while one is being made, and fails for what that failed for.
 *
 * @throws MillraceError `invalid-options` when the URL or the proxy cannot be used
 */
export function openTransport(options: TransportOptions): Transport {
  return new NodeChannel(options);
}

class NodeChannel implements Transport, Expirable {
  readonly ready = true;
  readonly whenReady = alwaysReady;
  readonly reachable = new WatchSource(true);
  expiresAt = Infinity;
  readonly #options: TransportOptions;
  readonly #settings: ChannelOptions;
  readonly #restAfterMs: number;
  readonly #waiting = new Set<Promise<HttpResponse>>();
  readonly #closing = new Set<Promise<void>>();
  #channel: Channel | undefined;
  #heard: readonly Disposable[] = [];
  #closed = false;

  constructor(options: TransportOptions) {
    const { connect, restAfterMs } = options.channel;
    this.#options = options;
    this.#settings = channelOptions(options);
    this.#restAfterMs = connect === "at-once" ? Infinity : restAfterMs;
    if (connect === "at-once") this.#open();
  }

  call(request: HttpRequest, context: CallContext): Promise<HttpResponse> {
    if (this.#closed) return Promise.reject(closedError(`the way to ${this.#options.url.host}`));
    let channel = this.#channel;
    try {
      channel ??= this.#open();
    } catch (error) {
      return Promise.reject(error as Error);
    }
    this.expiresAt = this.#options.sweeper.now + this.#restAfterMs;
    const answer = channel.call(request, context);
    if (channel.status.value !== "healthy") this.#await(answer);
    return answer;
  }

  get resting(): boolean {
    return !this.#channel && this.#closing.size === 0 && this.#options.channel.connect === "first-call";
  }

  async warm(): Promise<void> {
    const channel = this.#channel ?? this.#open();
    this.expiresAt = this.#options.sweeper.now + this.#restAfterMs;
    await channel.whenHealthy();
  }

  async close(): Promise<void> {
    this.#closed = true;
    // A channel turns away who waits for a connection.
    await Promise.allSettled(this.#waiting);
    this.#rest();
    await Promise.all(this.#closing);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal Lets go of a channel that nobody has called for long. */
  expired(now: number): void {
    if (this.#busy) this.expiresAt = now + this.#restAfterMs;
    else this.#rest();
  }

  /** Notes a call that may be waiting for a connection. */
  #await(answer: Promise<HttpResponse>): void {
    const over = () => void this.#waiting.delete(answer);
    this.#waiting.add(answer);
    answer.then(over, over);
  }

  get #busy(): boolean {
    if (this.#waiting.size > 0) return true;
    const { balance } = this.#channel!.snapshot();
    return balance.members.some(({ inFlight }) => inFlight > 0);
  }

  #open(): Channel {
    const channel = openChannel(this.#options.url.origin, this.#settings);
    this.#channel = channel;
    const { reachable, status } = channel;
    // One whose members fail their checks is called for want of a better one only.
    const tell = () => this.reachable.set(reachable.value && status.value !== "degraded");
    this.#heard = [reachable.subscribe(tell), status.subscribe(tell)];
    this.#options.sweeper.add(this);
    return channel;
  }

  #rest(): void {
    if (!this.#channel) return;
    this.#options.sweeper.delete(this);
    for (const heard of this.#heard) heard[Symbol.dispose]();
    const closing: Promise<void> = this.#channel.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
    this.#channel = undefined;
    this.reachable.set(true);
  }
}

function channelOptions(options: TransportOptions): ChannelOptions {
  const { service, url, connectTimeoutMs, readTimeoutMs, writeTimeoutMs, clock, random, sweeper } = options;
  const { wanted, health, maxAgeMs, idleMs } = options.channel;
  return {
    label: `${service} ${url.origin}`,
    ...wayOf(options),
    pool: {
      ...{ wanted, racing, maxAgeMs },
      healthyMin: 1,
      // Whoever closes a way waits for the calls on it.
      drainMs: Infinity,
      backoff: { maxMs: longestBackoffMs },
    },
    connections: {
      ...{ idleMs, sweeper, connectMs: connectTimeoutMs },
      // As conjure_runtime has it: a request without content says nothing of content.
      emptyLength: false,
      // As with Node's own agent: a program that has nothing else to do ends.
      idleKeepsAlive: false,
      timeouts: { headMs: readTimeoutMs, bodyIdleMs: readTimeoutMs, writeIdleMs: writeTimeoutMs },
    },
    health,
    // What is known of nodes, and what is tried again, is up to the client.
    balance: { outlier: false },
    retry: false,
    signals: false,
    waitMs: connectTimeoutMs,
    failFast: true,
    clock,
    random,
  };
}

/** Straight to the node, or by way of its proxy. */
function wayOf({ url, proxy, tls, connectTimeoutMs, clock, random }: TransportOptions): ChannelOptions {
  requireProxy(proxy);
  const lookUp = { clock, random };
  const encrypted = url.protocol === "https:";
  if (proxy.type === "direct") return { resolver: resolverFor(url, lookUp), tls: encrypted ? tls : false };
  const resolver = resolverFor(`http://${proxy.hostAndPort}`, lookUp);
  const { credentials } = proxy;
  // Checks go the way of calls.
  if (!encrypted) return { resolver, tls: false, memberLayer: absoluteForm({ credentials }) };
  const bounds = { timeoutMs: connectTimeoutMs, clock };
  return { resolver, dialer: createHttpProxyDialer({ target: url.origin, credentials, tls, ...bounds }) };
}
