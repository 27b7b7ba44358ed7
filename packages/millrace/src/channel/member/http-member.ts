import type { Clock } from "../../base/clock.js";
import { closedError, MillraceError } from "../../base/errors.js";
import type { Random } from "../../base/random.js";
import { WaitLine } from "../../base/wait-line.js";
import type { CallContext } from "../../service/context.js";
import type { Policy, Service } from "../../service/service.js";
import type { ClientConnectionOptions } from "../../wire/h1/client-settings.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import type { Connector } from "../connect/connector.js";
import type { HealthCheck } from "../health/health-check.js";
import { watchHealth } from "../health/watch-health.js";
import { openConnectionPool } from "../pool/connection-pool.js";
import type { ConnectionEnd, ConnectionPool } from "../pool/connection-pool-options.js";
import type { ConnectionCounts, MemberReports, OpenedMember } from "../pool/pool-member.js";
import { connectionEvents } from "./connection-events.js";

/** What members of one channel have in common. */
export interface HttpMemberSettings {
  /** The name of the channel. */
  readonly label: string;
  readonly health: HealthCheck;
  /** Host that servers are called by, with a port if need be; for checks. */
  readonly host: string;
  /** `http` or `https`, of requests; for checks. */
  readonly scheme: string;
  /** Wrapped around calls and checks, if there is anything. */
  readonly layer: Policy<HttpRequest, HttpResponse> | undefined;
  /** The most connections of a member. */
  readonly maxConnections: number;
  /** How long connections beyond the first are kept when unused, in milliseconds. */
  readonly idleMs: number;
  /** A connection that goes sooner than this, never used, is no sign of life, in milliseconds. */
  readonly settledMs: number;
  readonly connection: ClientConnectionOptions;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * A member of HTTP/1.1: an address with at least one connection that is ready, and as many more as its
 * calls need at a time.
 *
 * A connection that ends as connections do is made anew before anybody asks, also where a call was on its way to a
 * server that had just closed it; one that breaks when it was the last, or cannot be made, is the end of the member.
 */
export class HttpMember
  implements OpenedMember<Service<HttpRequest, HttpResponse>>, Service<HttpRequest, HttpResponse>
{
  /** @internal */
  readonly service: Service<HttpRequest, HttpResponse>;
  readonly #ahead: Service<HttpRequest, HttpResponse>;
  readonly #connector: Connector;
  readonly #settings: HttpMemberSettings;
  readonly #reports: MemberReports;
  readonly #pool: ConnectionPool;
  readonly #waiting = new WaitLine();
  #health: AsyncDisposable | undefined;
  #judged = false;
  #connectedAt = -Infinity;
  #closing = false;

  constructor(connector: Connector, settings: HttpMemberSettings, reports: MemberReports) {
    const { connection, maxConnections, idleMs, layer } = settings;
    this.service = layer ? layer(this) : this;
    this.#ahead = layer ? layer(this.#unqueued) : this.#unqueued;
    this.#connector = connector;
    this.#settings = settings;
    this.#reports = reports;
    const onDisconnected = (end: ConnectionEnd) => this.#disconnected(end);
    const onClosed = (durationMs: number) => this.#tellClosed(durationMs);
    const limits = { maxConnections, idleMs, keptConnections: 1, onDisconnected, onClosed };
    this.#pool = openConnectionPool({ ...connection, connector, ...limits });
    this.#connect();
  }

  /** False while it has no connection, though a call would get it one. */
  get ready(): boolean {
    return this.#judged && this.#pool.connected > 0 && this.#pool.ready;
  }

  whenReady(signal?: AbortSignal): Promise<void> {
    if (this.#closing) return Promise.reject(closedError(this.#connector.target));
    if (this.#judged && this.#pool.connected > 0) return this.#pool.whenReady(signal);
    return this.#waiting.join(signal);
  }

  call(request: HttpRequest, context: CallContext): Promise<HttpResponse> {
    return this.#pool.call(request, context);
  }

  connections(): ConnectionCounts {
    const { connected, idle, open, waiting } = this.#pool;
    return { active: connected - idle, idle, connecting: open - connected, waiting };
  }

  close(drainMs: number): void {
    if (this.#closing) return;
    this.#stop();
    const closed = this.#pool.close();
    if (drainMs <= 0) this.#pool.destroy();
    const deadline = this.#settings.clock.schedule(drainMs, () => this.#pool.destroy(), "upkeep");
    void closed.then(() => {
      deadline[Symbol.dispose]();
      this.#reports.dropped();
    });
  }

  #connect(): void {
    // That it failed is heard from the pool, as with every other connection.
    this.#pool.connect().then(
      () => this.#connected(),
      () => {},
    );
  }

  #connected(): void {
    if (this.#closing) return;
    if (this.#pool.open === 0) {
      this.#fail(closedAtOnce(this.#connector.target));
      return;
    }
    this.#connectedAt = this.#settings.clock.now();
    this.#waiting.releaseAll();
    if (this.#health) return;
    this.#reports.connected();
    this.#health = watchHealth(
      this.#settings.health,
      {
        address: this.#connector.target,
        host: this.#settings.host,
        scheme: this.#settings.scheme,
        service: this.#ahead,
        tryConnection: (signal) => this.#tryConnection(signal),
      },
      {
        ...this.#settings,
        healthy: () => this.#judge(() => this.#reports.healthy()),
        unhealthy: (error) => this.#judge(() => this.#reports.unhealthy(error)),
      },
    );
  }

  #judge(report: () => void): void {
    if (this.#closing) return;
    this.#judged = true;
    this.#waiting.releaseAll();
    report();
  }

  #disconnected({ failure, used }: ConnectionEnd): void {
    if (this.#closing || this.#pool.open > 0) return;
    const flickered = !used && this.#settings.clock.now() - this.#connectedAt < this.#settings.settledMs;
    if (failure !== undefined) this.#fail(failure);
    else if (flickered) this.#fail(closedAtOnce(this.#connector.target));
    else this.#connect();
  }

  #tellClosed(durationMs: number): void {
    if (!connectionEvents.active) return;
    const { label, scheme, host } = this.#settings;
    const address = this.#connector.target;
    connectionEvents.publish({ label, origin: `${scheme}://${host}`, address, durationMs });
  }

  #fail(error: unknown): void {
    this.#reports.connectionError(error);
    this.close(0);
  }

  #stop(): void {
    this.#closing = true;
    void this.#health?.[Symbol.asyncDispose]();
    this.#waiting.rejectAll(closedError(this.#connector.target));
  }

  /** Calls that wait in no line. */
  readonly #unqueued: Service<HttpRequest, HttpResponse> = {
    ready: true,
    whenReady: () => Promise.resolve(),
    call: (request, context) => this.#pool.callAhead(request, context),
  };

  async #tryConnection(signal: AbortSignal): Promise<void> {
    const stream = await this.#connector.connect(signal);
    stream.destroy();
  }
}

function closedAtOnce(target: string): MillraceError {
  const message = `${target} closed a connection as soon as it was made`;
  return new MillraceError(message, { code: "connection-lost", unsent: true });
}
