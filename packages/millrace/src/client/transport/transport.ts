import type { Clock } from "../../base/clock.js";
import type { Random } from "../../base/random.js";
import type { Sweeper } from "../../base/sweeper.js";
import type { Watch } from "../../base/watch.js";
import type { ClientTlsOptions } from "../../channel/tls/client-tls.js";
import type { Service } from "../../service/service.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import type { ProxyConfig } from "../config/services-config.js";
import type { NodeChannelSettings } from "./node-channels.js";

/** How one node is reached. */
export interface TransportOptions {
  /** Name of the service in the configuration. */
  readonly service: string;
  /** Where it is; requests have its path in front of theirs already. */
  readonly url: URL;
  /** The way calls take. */
  readonly proxy: ProxyConfig;
  /** Whom to believe, and who to be, where the URL is one of `https`. */
  readonly tls: ClientTlsOptions;
  /** Longest wait for a connection, TLS included, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Longest time in which the node sends nothing, in milliseconds. */
  readonly readTimeoutMs: number;
  /** Longest time in which the node takes nothing, in milliseconds. */
  readonly writeTimeoutMs: number;
  /** How connections to it are kept. */
  readonly channel: NodeChannelSettings;
  /** Measures the waits. */
  readonly clock: Clock;
  /** Spreads waits. */
  readonly random: Random;
  /** Watches the time limits of all connections of a factory. */
  readonly sweeper: Sweeper;
}

/** What carries requests to one node. It must not change them: calls share what they have in common. */
export interface Transport extends Service<HttpRequest, HttpResponse>, AsyncDisposable {
  /**
   * Whether the node can be reached, as far as is known. One that cannot is left out while others can.
   * @defaultValue it can
   */
  readonly reachable?: Watch<boolean> | undefined;
  /**
   * Whether it holds no connection and carries no call, so that what takes its place can wait for the next call.
   * @defaultValue false
   */
  readonly resting?: boolean | undefined;
  /**
   * Connects ahead of calls: one that takes the place of a connected one is to be connected first. Settles when
   * calls find a connection; rejects when it is closed by then.
   * @defaultValue nothing is done ahead
   */
  warm?(): Promise<void>;
  /** Takes no new call, lets those in progress finish, then disconnects. Idempotent. */
  close(): Promise<void>;
}

/** Opens the transport to a node. To replace it is to put something else under a client: a test, a simulation. */
export type OpenTransport = (options: TransportOptions) => Transport;
