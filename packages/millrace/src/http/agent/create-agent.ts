import { Agent, type AgentOptions as NodeAgentOptions } from "node:http";
import type { Duplex } from "node:stream";
import { type Clock, systemClock } from "../../base/clock.js";
import { invalidOption, requireWhole } from "../../base/options.js";
import { Sweeper } from "../../base/sweeper.js";
import type { Service } from "../../service/service.js";
import { withCall } from "../../service/with-call.js";
import { ServerConnection } from "../../wire/h1/server-connection.js";
import { type ServerSettings, serverSettings } from "../../wire/h1/server-settings.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { requireService } from "../require-service.js";
import { ServiceSocket } from "./service-socket.js";

/** How an agent's requests reach its service. */
export interface AgentOptions {
  /**
   * Which URLs the agent is for: one for `https:` is handed to clients as their agent for those. The requests go to
   * the service either way, which does its own TLS.
   * @defaultValue "http"
   */
  readonly scheme?: "http" | "https" | undefined;
  /**
   * Requests at once; more wait in the agent. The service has its own limits.
   * @defaultValue Infinity
   */
  readonly maxSockets?: number | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/**
 * Makes an `http.Agent` whose requests a service answers: for `node:http`, axios, got, and all that is built on them.
 *
 * A request's bytes are parsed by the engine's server side and its response is written by it, all in this process, so
 * that everything Node's client can do works: keep-alive, streams both ways, `Expect`, interim responses, upgrades.
 * A call that fails is the request's `error` event. Trailers come only to requests that say `TE: trailers`.
 *
 * `agent.destroy()` ends its requests. The service stays open: who opened it closes it.
 *
 * @throws MillraceError `invalid-options` when there is no service, or an option is out of its range
 */
export function createAgent(service: Service<HttpRequest, HttpResponse>, options: AgentOptions = {}): Agent {
  requireService("agent.service", service);
  const { scheme, maxSockets = Infinity } = options;
  if (scheme !== undefined && scheme !== "http" && scheme !== "https") {
    throw invalidOption("agent.scheme", '"http" or "https"', scheme);
  }
  requireWhole("agent.maxSockets", maxSockets, 1);
  return new ServiceAgent(service, options);
}

/** What no client of this process needs to be protected from, and neither do we from it. */
const trusting = {
  limits: {
    requestLineBytes: 1 << 20,
    fieldLineBytes: 1 << 20,
    headBytes: 1 << 22,
    fieldCount: 10_000,
    trailerBytes: 1 << 20,
  },
  timeouts: { headMs: Infinity, idleMs: Infinity, bodyIdleMs: Infinity, writeIdleMs: Infinity },
  minBodyRate: 0,
};

class ServiceAgent extends Agent {
  /** Read by `node:http`, which refuses URLs of another scheme. */
  readonly protocol: string;
  readonly defaultPort: number;
  readonly #service: Service<HttpRequest, HttpResponse>;
  readonly #encrypted: boolean;
  readonly #clock: Clock;
  readonly #settings: ServerSettings;

  constructor(service: Service<HttpRequest, HttpResponse>, options: AgentOptions) {
    const { scheme = "http", maxSockets = Infinity, clock = systemClock } = options;
    const own: NodeAgentOptions = { keepAlive: true, maxSockets, scheduling: "lifo" };
    super(own);
    this.protocol = `${scheme}:`;
    this.defaultPort = scheme === "https" ? 443 : 80;
    this.#service = service;
    this.#encrypted = scheme === "https";
    this.#clock = clock;
    this.#settings = serverSettings({ ...trusting, clock, sweeper: new Sweeper({ clock }) });
  }

  /** Called by `node:http` for each request that no unused socket is there for. */
  override createConnection(): Duplex {
    const socket = new ServiceSocket({ encrypted: this.#encrypted, clock: this.#clock });
    // What a server would answer with a page is for a client an error.
    const observer = { requestRefused: (error: Error) => void socket.destroy(error) };
    const inner = this.#service;
    const answering = withCall<HttpRequest, HttpResponse>(inner, (request, context) =>
      inner.call(request, context).catch((error: unknown) => {
        socket.destroy(error instanceof Error ? error : new Error(String(error), { cause: error }));
        throw error;
      }),
    );
    new ServerConnection(socket.inner, answering, { ...this.#settings, observer }, () => {});
    return socket;
  }
}
