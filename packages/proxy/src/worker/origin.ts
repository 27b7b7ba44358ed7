import { type Clock, isMillraceError, type Sweeper } from "millrace/base";
import {
  createDialer,
  openServerPool,
  resolverFor,
  type ServerPool,
  type ServerPoolOptions,
} from "millrace/channel";
import type { CallContext, Service } from "millrace/service";
import type { HttpRequest, HttpResponse } from "millrace/wire";
import type { ProxySettings } from "../config/settings.js";
import type { ServerRecord } from "../ipc/messages.js";
import type { ServerReport } from "../ipc/report.js";
import { Histogram } from "./histogram.js";

/** What an origin is told by its worker. */
export interface OriginOptions {
  readonly settings: ProxySettings;
  readonly clock: Clock;
  readonly sweeper: Sweeper;
}

/** One server of the pool as a worker uses it: its connections, and what is counted of it. */
export class Origin implements Service<HttpRequest, HttpResponse> {
  readonly id: string;
  readonly #pool: ServerPool;
  readonly #latency = new Histogram();
  readonly #url: URL;
  readonly #basePath: string;
  #rewriteHost = false;
  #success = 0;
  #failed = 0;
  #tunnels = 0;

  constructor(record: ServerRecord, options: OriginOptions) {
    this.id = record.id;
    this.#url = new URL(record.url);
    this.#basePath = this.#url.pathname === "/" ? "" : this.#url.pathname;
    this.#rewriteHost = options.settings.forward.host === "rewrite";
    const resolver = resolverFor(this.#url, { clock: options.clock });
    this.#pool = openServerPool(resolver, poolOptions(this.#url, options));
  }

  get ready(): boolean {
    return this.#pool.ready;
  }

  whenReady(signal?: AbortSignal): Promise<void> {
    return this.#pool.whenReady(signal);
  }

  call(request: HttpRequest, context: CallContext): Promise<HttpResponse> {
    return this.#pool.call(this.#address(request), context);
  }

  /** Counts a response to a call, `durationMs` after it was made. */
  answered(response: HttpResponse, durationMs: number): void {
    this.#latency.add(durationMs);
    if (response.status < 500) this.#success += 1;
    else this.#failed += 1;
    if (!response.stream) return;
    this.#tunnels += 1;
    response.stream.onClosed(this.#onTunnelClosed);
  }

  /** Counts a call that failed after `durationMs`; one that its client gave up says nothing of the server. */
  broke(error: unknown, durationMs: number): void {
    if (isMillraceError(error, "aborted")) return;
    this.#failed += 1;
    this.#latency.add(durationMs);
  }

  /** Takes over changed settings. */
  configure(options: OriginOptions): void {
    this.#rewriteHost = options.settings.forward.host === "rewrite";
    this.#pool.configure(poolOptions(this.#url, options));
  }

  /** Ends what still runs, and closes all connections. */
  close(): Promise<void> {
    const closed = this.#pool.close();
    this.#pool.destroy();
    return closed;
  }

  /** The part of a report that this origin knows itself. */
  report(): Pick<
    ServerReport,
    "id" | "success" | "failed" | "inFlight" | "tunnels" | "connections" | "latency"
  > {
    return {
      id: this.id,
      success: this.#success,
      failed: this.#failed,
      inFlight: this.#pool.open - this.#pool.idle + this.#pool.waiting + this.#tunnels,
      tunnels: this.#tunnels,
      connections: { open: this.#pool.open, idle: this.#pool.idle },
      latency: this.#latency.snapshot(),
    };
  }

  /** Points a request at this server: its base path, and its name where the settings say so. */
  #address(request: HttpRequest): HttpRequest {
    const { target } = request;
    if (this.#basePath === "" && !this.#rewriteHost && target.authority !== "") return request;
    const path = target.path.startsWith("/") ? this.#basePath + target.path : target.path;
    const authority = this.#rewriteHost || target.authority === "" ? this.#url.host : target.authority;
    return { ...request, target: { ...target, path, authority } };
  }

  readonly #onTunnelClosed = () => {
    this.#tunnels -= 1;
  };
}

function poolOptions(url: URL, { settings, clock, sweeper }: OriginOptions): ServerPoolOptions {
  const { timeouts, limits } = settings;
  const tls = url.protocol === "https:" && { identity: url.hostname.replace(/^\[|\]$/g, "") };
  return {
    dial: createDialer({ tls, timeoutMs: timeouts.connectMs, clock }),
    maxConnections: limits.connectionsPerServer ?? Infinity,
    idleMs: timeouts.serverIdleMs,
    limits: {
      fieldLineBytes: limits.headerLineBytes,
      headBytes: limits.headBytes,
      fieldCount: limits.headerCount,
      chunkExtensionBytes: limits.chunkExtensionBytes,
      trailerBytes: limits.trailerBytes,
    },
    timeouts: {
      headMs: timeouts.responseHeadMs ?? Infinity,
      bodyIdleMs: timeouts.responseBodyIdleMs ?? Infinity,
      writeIdleMs: timeouts.writeIdleMs ?? Infinity,
    },
    clock,
    sweeper,
  };
}
