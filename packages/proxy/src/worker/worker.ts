import { isDeepStrictEqual } from "node:util";
import type { Balancer, Ejection } from "millrace/balance";
import { type Clock, createDeferred, Scope, Sweeper, systemClock } from "millrace/base";
import type { HandoffQuestion } from "millrace/handoff";
import type { CallContext, Service } from "millrace/service";
import { createServer, type HttpRequest, type HttpResponse, type HttpServer } from "millrace/wire";
import type { ProxySettings } from "../config/settings.js";
import type { Change, ListenerRecord, ManagerMessage, Snapshot, WorkerMessage } from "../ipc/messages.js";
import type { WorkerReport } from "../ipc/report.js";
import { type AccessLog, createAccessLog } from "./access-log.js";
import { createBalancer } from "./balancer.js";
import { Counters } from "./counters.js";
import { Entrances } from "./entrances.js";
import type { Origin } from "./origin.js";
import { Origins } from "./origins.js";
import { createProxyService } from "./proxy-service.js";
import { RefusalLog } from "./refusal-log.js";
import type { RegencyParts } from "./regency.js";
import { createReport } from "./report.js";
import { serverOptions } from "./server-options.js";

/** What a worker has of the world outside. */
export interface WorkerPorts {
  /** Tells the manager. */
  send(message: WorkerMessage): void;
  /** Writes lines of the access log. */
  writeLog(lines: string): void;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/** The data path of one process: takes the manager's word for the pool, and forwards. */
export class Worker {
  readonly #ports: WorkerPorts;
  readonly #clock: Clock;
  readonly #sweeper: Sweeper;
  readonly #counters: Counters;
  readonly #refusals: RefusalLog;
  readonly #ejections = new Map<string, number>();
  readonly #startedAt: number;
  #revision = 0;
  #place = 0;
  #program: HandoffQuestion | undefined;
  #outlives = false;
  #kept: string | undefined;
  #retired = false;
  #settings!: ProxySettings;
  #origins!: Origins;
  #balancer!: Balancer<Origin, HttpRequest, HttpResponse>;
  #service!: Service<HttpRequest, HttpResponse>;
  #server!: HttpServer;
  #entrances: Entrances | undefined;
  #accessLog: AccessLog | undefined;
  /** What all has come to, once nothing more can come. */
  #last: WorkerReport | undefined;

  constructor(ports: WorkerPorts) {
    this.#ports = ports;
    this.#clock = ports.clock ?? systemClock;
    this.#sweeper = new Sweeper({ clock: this.#clock });
    this.#startedAt = this.#clock.now();
    this.#refusals = new RefusalLog((message) => ports.send(message), this.#clock);
    this.#counters = new Counters({
      onExchange: (exchange) => this.#accessLog?.add(exchange),
      onRefused: (error, peer) => this.#refusals.add(error, peer),
    });
  }

  /** Acts on a message of the manager; `handle` is what came beside it. */
  async handle(message: ManagerMessage, handle?: unknown): Promise<void> {
    switch (message.type) {
      case "start":
        this.#place = message.place;
        this.#program = message.program;
        this.#start(message.snapshot, message.listeners);
        break;
      case "listen":
        await this.#listen(message.index, handle);
        break;
      case "certify":
        this.#entrances?.certify(message.index, message.tls);
        break;
      case "pause":
        this.#entrances?.pause();
        break;
      case "retire":
        this.#retire(message.retired);
        break;
      case "outlive":
        this.#outlives = true;
        break;
      case "keep":
        this.#kept = message.state;
        break;
      case "change":
        for (const change of message.changes) this.#apply(change);
        this.#revision = message.revision;
        this.#ports.send({ type: "applied", revision: message.revision });
        break;
      case "report":
        this.#ports.send({ type: "report", id: message.id, report: this.#report() });
        break;
      case "drain":
        await this.drain(message.deadlineMs);
        if (this.#last) this.#ports.send({ type: "drained", report: this.#last });
        break;
    }
  }

  /** Whether this worker serves on without a manager: what it serves is nobody else's. */
  get outlives(): boolean {
    return this.#outlives && this.#entrances?.open === true;
  }

  /** What it takes to wait for another manager; `undefined` where none comes. */
  get regency(): RegencyParts | undefined {
    const [program, entrances] = [this.#program, this.#entrances];
    if (!program || !entrances) return undefined;
    return {
      program,
      held: entrances.held,
      connections: () => this.#server.connections,
      kept: this.#kept,
      clock: this.#clock,
    };
  }

  /** Lets nobody in any more, sends clients away at their next request, and closes everything when they have left. */
  async leave(): Promise<void> {
    if (!this.#server) return;
    this.#entrances?.pause();
    this.#server.retire(true);
    const { drainMs } = this.#settings;
    const late = createDeferred();
    using _timer = this.#clock.schedule(drainMs, late.resolve);
    await Promise.race([this.#server.whenIdle(), late.promise]);
    await this.drain(0);
  }

  /** Stops accepting, finishes what runs within `deadlineMs`, and closes everything. */
  async drain(deadlineMs = this.#settings?.drainMs ?? 0): Promise<void> {
    if (!this.#server) return;
    await this.#server.close(deadlineMs);
    this.#last ??= this.#report();
    const scope = new Scope();
    scope.own(this.#refusals);
    scope.own(this.#sweeper);
    scope.own(this.#origins);
    scope.own(this.#balancer);
    await scope[Symbol.asyncDispose]();
    this.#accessLog?.flush();
  }

  #start({ revision, settings, servers }: Snapshot, listeners: readonly ListenerRecord[]): void {
    this.#settings = settings;
    this.#revision = revision;
    this.#origins = new Origins(this.#originOptions());
    for (const server of servers) this.#origins.put(server);
    this.#balancer = this.#createBalancer();
    this.#compose();
    this.#server = createServer(this.#entrance(), this.#serverOptions());
    this.#entrances = new Entrances(listeners, this.#server);
    this.#ports.send({ type: "prepared", revision });
    if (listeners.length === 0) this.#ports.send({ type: "ready", revision });
  }

  async #listen(index: number, handle: unknown): Promise<void> {
    const all = await this.#entrances!.enter(index, handle);
    if (all) this.#ports.send({ type: "ready", revision: this.#revision });
  }

  #retire(retired: boolean): void {
    this.#retired = retired;
    this.#server.retire(retired);
    if (!retired) return;
    void this.#server.whenIdle().then(() => {
      if (this.#retired) this.#ports.send({ type: "idle" });
    });
  }

  #apply(change: Change): void {
    switch (change.type) {
      case "put":
        this.#origins.put(change.server);
        break;
      case "remove":
        this.#origins.remove(change.id);
        this.#ejections.delete(change.id);
        break;
      case "absolve":
        this.#absolve(change.id);
        break;
      case "settings":
        this.#configure(change.settings);
        break;
    }
  }

  #absolve(id: string): void {
    const origin = this.#origins.get(id);
    if (origin) this.#balancer.absolve(origin);
  }

  #configure(settings: ProxySettings): void {
    const { balance, outlier } = this.#settings;
    this.#settings = settings;
    this.#origins.configure(this.#originOptions());
    // What a balancer has learned of its members is lost with it: it stays unless it must change itself.
    if (!isDeepStrictEqual({ balance, outlier }, { balance: settings.balance, outlier: settings.outlier })) {
      this.#balancer[Symbol.dispose]();
      this.#balancer = this.#createBalancer();
    }
    this.#compose();
    this.#server.configure(this.#serverOptions());
  }

  #createBalancer() {
    const hooks = { clock: this.#clock, place: this.#place, onEject: this.#onEject };
    return createBalancer(this.#origins.members, this.#settings, hooks);
  }

  #compose(): void {
    this.#service = createProxyService(this.#anyBalancer, this.#settings, this.#counters, this.#clock);
    this.#accessLog?.flush();
    this.#accessLog = createAccessLog(this.#settings.accessLog.format, this.#ports.writeLog, this.#clock);
  }

  /** Whichever balancer there is: requests in progress outlive the one they began with. */
  readonly #anyBalancer: Service<HttpRequest, HttpResponse> = {
    ready: true,
    whenReady: (signal) => this.#balancer.whenReady(signal),
    call: (request, context) => this.#balancer.call(request, context),
  };

  /** What all connections call: whichever service the settings of the moment make. */
  #entrance(): Service<HttpRequest, HttpResponse> {
    return {
      ready: true,
      whenReady: () => Promise.resolve(),
      call: (request: HttpRequest, context: CallContext) => {
        this.#counters.active += 1;
        return this.#service.call(request, context);
      },
    };
  }

  #serverOptions() {
    return serverOptions(this.#settings, {
      observer: this.#counters,
      clock: this.#clock,
      sweeper: this.#sweeper,
    });
  }

  #originOptions() {
    return { settings: this.#settings, clock: this.#clock, sweeper: this.#sweeper };
  }

  #report() {
    return createReport({
      server: this.#server,
      counters: this.#counters,
      origins: this.#origins,
      balancer: this.#balancer,
      ejections: this.#ejections,
      clock: this.#clock,
      startedAt: this.#startedAt,
      revision: this.#revision,
    });
  }

  readonly #onEject = ({ key, durationMs, reason }: Ejection<Origin>) => {
    this.#ejections.set(key.id, (this.#ejections.get(key.id) ?? 0) + 1);
    this.#ports.send({ type: "ejected", id: key.id, forMs: durationMs, reason });
  };
}
