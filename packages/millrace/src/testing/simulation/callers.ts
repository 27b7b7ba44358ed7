import type { Clock } from "../../base/clock.js";
import { isMillraceError } from "../../base/errors.js";
import { type Random, randomBelow } from "../../base/random.js";
import { type CallControl, createContext } from "../../service/context.js";
import type { Service } from "../../service/service.js";
import type { ArrivalPort } from "./arrivals.js";
import type { SimulatedRequest, SimulatedResponse } from "./messages.js";
import type { SimulationReport } from "./report.js";
import { Samples } from "./samples.js";

/** What callers need to know of a simulation. */
interface CallerOptions {
  readonly requests?: number | undefined;
  readonly durationMs?: number | undefined;
  readonly endMs?: number | undefined;
  readonly endpoints?: readonly string[] | undefined;
  readonly succeeded?: ((response: SimulatedResponse) => boolean) | undefined;
}

/** All who call in a simulation: sends their requests and counts what becomes of them. */
export class Callers {
  /** What the process of arrivals sends by. */
  readonly port: ArrivalPort;
  readonly #clients: readonly Service<SimulatedRequest, SimulatedResponse>[];
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #requests: number;
  readonly #durationMs: number;
  readonly #endpoints: readonly string[];
  readonly #succeeds: (response: SimulatedResponse) => boolean;
  readonly #open = new Set<CallControl>();
  readonly #failures = new Map<string, number>();
  readonly #good = new Samples();
  readonly #all = new Samples();
  #sent = 0;
  #succeeded = 0;
  #unanswered = 0;
  #endedMs = 0;
  #refused = false;
  #givenUp = false;

  constructor(
    options: CallerOptions,
    clients: readonly Service<SimulatedRequest, SimulatedResponse>[],
    clock: Clock,
    random: Random,
  ) {
    this.#clients = clients;
    this.#clock = clock;
    this.#random = random;
    this.#requests = options.requests ?? Infinity;
    this.#durationMs = Math.min(options.durationMs ?? Infinity, options.endMs ?? Infinity);
    this.#endpoints = options.endpoints ?? ["/"];
    this.#succeeds = options.succeeded ?? (({ status }) => status >= 200 && status < 300);
    this.port = { clock, random, send: (ended) => this.#send(ended) };
  }

  /** Whether all was sent and all has ended. */
  get finished(): boolean {
    return (this.#refused || this.#sent >= this.#requests) && this.#open.size === 0;
  }

  /** Ends all calls that have not ended: they stay unanswered. */
  giveUp(reason: unknown): void {
    this.#givenUp = true;
    this.#unanswered = this.#open.size;
    for (const context of this.#open) context.abort(reason);
  }

  /** What became of the calls. */
  report(): Pick<
    SimulationReport,
    "sent" | "succeeded" | "failures" | "unanswered" | "successRatio" | "latency" | "latencyOfAll" | "endedMs"
  > {
    return {
      sent: this.#sent,
      succeeded: this.#succeeded,
      failures: Object.fromEntries([...this.#failures].sort(([a], [b]) => (a < b ? -1 : 1))),
      unanswered: this.#unanswered,
      successRatio: this.#sent === 0 ? 0 : this.#succeeded / this.#sent,
      latency: this.#good.summary(),
      latencyOfAll: this.#all.summary(),
      endedMs: this.#endedMs,
    };
  }

  #send(ended: (() => void) | undefined): boolean {
    const startedAt = this.#clock.now();
    if (this.#sent >= this.#requests || startedAt >= this.#durationMs) {
      this.#refused = true;
      return false;
    }
    const client = this.#draw(this.#clients.length);
    const endpoint = this.#endpoints[this.#draw(this.#endpoints.length)]!;
    const request = { id: this.#sent, client, endpoint };
    const context = createContext();
    this.#sent += 1;
    this.#open.add(context);
    this.#clients[client]!.call(request, context).then(
      (response) => {
        this.#ended(context, startedAt, this.#succeeds(response) ? undefined : `status ${response.status}`);
        ended?.();
      },
      (error: unknown) => {
        this.#ended(context, startedAt, nameOf(error));
        ended?.();
      },
    );
    return true;
  }

  #ended(context: CallControl, startedAt: number, failure: string | undefined): void {
    this.#open.delete(context);
    if (this.#givenUp) return;
    const now = this.#clock.now();
    this.#endedMs = now;
    this.#all.add(now - startedAt);
    if (failure === undefined) {
      this.#succeeded += 1;
      this.#good.add(now - startedAt);
    } else this.#failures.set(failure, (this.#failures.get(failure) ?? 0) + 1);
  }

  /** Spares chance where there is no choice. */
  #draw(count: number): number {
    return count === 1 ? 0 : randomBelow(this.#random, count);
  }
}

function nameOf(error: unknown): string {
  if (isMillraceError(error)) return error.code;
  return error instanceof Error ? error.name : String(error);
}
