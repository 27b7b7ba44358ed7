import type { Agent } from "node:http";
import type { PickExplanation } from "../balance/explain.js";
import { invalidOption, requirePositive } from "../base/options.js";
import type { Watch } from "../base/watch.js";
import { type Channel, type ChannelSnapshot, openChannel } from "../channel/channel.js";
import type { ChannelOptions } from "../channel/options.js";
import type { ChannelStatus } from "../channel/pool/snapshot.js";
import type { CallContext } from "../service/context.js";
import type { Policy, Service } from "../service/service.js";
import type { HttpRequest, HttpResponse } from "../wire/http/message.js";
import { createAgent } from "./agent/create-agent.js";
import { createDispatcher, type ServiceDispatcher } from "./dispatch/create-dispatcher.js";
import { createFetch, type Fetch } from "./fetch/create-fetch.js";
import type { FieldsInit } from "./fields-from.js";
import { type DecompressOptions, decompress } from "./layers/decompress.js";
import { publishCalls } from "./layers/publish-calls.js";
import { type Product, userAgent } from "./layers/user-agent.js";
import { commonFields, createRequester, type Requester } from "./request/requester.js";

/** How a channel finds and keeps its members, and what its faces add to requests. */
export interface HttpChannelOptions extends ChannelOptions {
  /** Fields for requests by `request` that do not set them. @defaultValue none */
  readonly headers?: FieldsInit | undefined;
  /** Says who makes the requests, whichever face they come by. @defaultValue nothing is said */
  readonly userAgent?: readonly Product[] | undefined;
  /**
   * From a call of `request` to the last byte of its response, in milliseconds.
   * @defaultValue Infinity
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Whether `request` and `fetch` decode compressed content, and within which bounds.
   * @defaultValue true
   */
  readonly decompress?: boolean | DecompressOptions | undefined;
}

/** A {@link Channel} with every face that calls can be made by. Each is made when it is first asked for. */
export interface HttpChannel extends Channel {
  /** The plain face: method, path and options to a response. */
  readonly request: Requester;
  /** A `fetch` whose relative inputs are of the channel's origin, as all others have to be. */
  readonly fetch: Fetch;
  /** For Node's `fetch` and for undici: see {@link createDispatcher}. */
  readonly dispatcher: ServiceDispatcher;
  /** For axios, got and `node:http`: see {@link createAgent}. Destroyed when the channel closes. */
  readonly agent: Agent;
}

/**
 * Opens a channel to `target`, as {@link openChannel} does, with the faces of HTTP clients.
 *
 * It connects at once, so that the first request is as fast as any other: wait for `whenHealthy()` where that
 * matters. The caller owns it and must close it. Calls are told of on `millrace.http.call`.
 *
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function openHttpChannel(target: string | URL, options: HttpChannelOptions = {}): HttpChannel {
  // Before anything is opened, so that a bad option leaves nothing behind.
  const names = namesOf(options.userAgent);
  const decode = decoding(options.decompress);
  const headers = commonFields(options.headers);
  if (options.timeoutMs !== undefined) requirePositive("requester.timeoutMs", options.timeoutMs);
  const channel = openChannel(target, options);
  const { label, origin } = channel;
  const told = publishCalls({ client: label, origin, clock: options.clock })(channel);
  return new FacedChannel(channel, names ? names(told) : told, { ...options, headers, decode });
}

type Decode = (service: Service<HttpRequest, HttpResponse>) => Service<HttpRequest, HttpResponse>;

function namesOf(products: HttpChannelOptions["userAgent"]): Policy<HttpRequest, HttpResponse> | undefined {
  if (products === undefined) return undefined;
  if (!Array.isArray(products)) throw invalidOption("userAgent", "a list of products", products);
  return userAgent(...(products as readonly Product[]));
}

function decoding(options: boolean | DecompressOptions = true): Decode {
  if (options === false) return (service) => service;
  return decompress(options === true ? {} : options);
}

class FacedChannel implements HttpChannel {
  readonly #channel: Channel;
  readonly #service: Service<HttpRequest, HttpResponse>;
  readonly #options: HttpChannelOptions & { readonly decode: Decode };
  #request: Requester | undefined;
  #fetch: Fetch | undefined;
  #dispatcher: ServiceDispatcher | undefined;
  #agent: Agent | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    channel: Channel,
    service: Service<HttpRequest, HttpResponse>,
    options: HttpChannelOptions & { readonly decode: Decode },
  ) {
    this.#channel = channel;
    this.#service = service;
    this.#options = options;
  }

  get label(): string {
    return this.#channel.label;
  }

  get origin(): string {
    return this.#channel.origin;
  }

  get status(): Watch<ChannelStatus> {
    return this.#channel.status;
  }

  get reachable(): Watch<boolean> {
    return this.#channel.reachable;
  }

  get ready(): boolean {
    return this.#service.ready;
  }

  get request(): Requester {
    const { headers, timeoutMs, clock, random, decode } = this.#options;
    const settings = { base: this.origin, headers, timeoutMs, clock, random };
    this.#request ??= createRequester(decode(this.#service), settings);
    return this.#request;
  }

  get fetch(): Fetch {
    const { decompress: decode, random } = this.#options;
    this.#fetch ??= createFetch(this.#service, { base: this.origin, decompress: decode, random });
    return this.#fetch;
  }

  get dispatcher(): ServiceDispatcher {
    const { clock, random } = this.#options;
    this.#dispatcher ??= createDispatcher(this.#service, { clock, random });
    return this.#dispatcher;
  }

  get agent(): Agent {
    const scheme = this.origin.startsWith("https:") ? "https" : "http";
    this.#agent ??= createAgent(this.#service, { scheme, clock: this.#options.clock });
    return this.#agent;
  }

  whenReady(signal?: AbortSignal): Promise<void> {
    return this.#service.whenReady(signal);
  }

  call(request: HttpRequest, context: CallContext): Promise<HttpResponse> {
    return this.#service.call(request, context);
  }

  whenHealthy(signal?: AbortSignal): Promise<void> {
    return this.#channel.whenHealthy(signal);
  }

  snapshot(): ChannelSnapshot {
    return this.#channel.snapshot();
  }

  explain(request?: HttpRequest): PickExplanation {
    return this.#channel.explain(request);
  }

  close(): Promise<void> {
    this.#closing ??= this.#channel.close().then(() => this.#agent?.destroy());
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
