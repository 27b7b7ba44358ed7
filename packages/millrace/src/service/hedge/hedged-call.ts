import { abortedError } from "../../base/errors.js";
import { type CallContext, type CallControl, deriveContext } from "../context.js";
import { whenOver } from "../done.js";
import { faults, tell } from "../fault.js";
import { discardWith, requestAgain, withdrawFrom } from "../retry/ask.js";
import type { Service } from "../service.js";
import type { LatencyHistogram } from "./latency-histogram.js";
import type { HedgeEvent, HedgeSettings } from "./policy.js";

/** A call that may be sent twice: two legs, of which one wins. */
export class HedgedCall<Request, Response> {
  readonly #settings: HedgeSettings<Request, Response>;
  readonly #inner: Service<Request, Response>;
  readonly #latencies: LatencyHistogram;
  readonly #request: Request;
  readonly #context: CallContext;
  readonly #legs = new Set<CallControl>();
  #timer: Disposable | undefined;
  #resolve: ((response: Response) => void) | undefined;
  #reject!: (error: unknown) => void;

  constructor(
    parts: {
      readonly settings: HedgeSettings<Request, Response>;
      readonly inner: Service<Request, Response>;
      readonly latencies: LatencyHistogram;
    },
    request: Request,
    context: CallContext,
  ) {
    this.#settings = parts.settings;
    this.#inner = parts.inner;
    this.#latencies = parts.latencies;
    this.#request = request;
    this.#context = context;
  }

  /** Sends the first leg now, and the second in `delayMs` if there is no answer by then. */
  run(delayMs: number): Promise<Response> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#timer = this.#settings.clock.schedule(delayMs, () => this.#hedge(delayMs));
      this.#send(this.#request, deriveContext(this.#context));
    });
  }

  #hedge(delayMs: number): void {
    const [kind, request] = this.#prepare();
    tell("hedge.onHedge", this.#settings.onHedge, { kind, delayMs });
    if (kind !== "sent") return;
    this.#send(request as Request, deriveContext(this.#context, { attempt: this.#context.attempt + 1 }));
  }

  #prepare(): [HedgeEvent["kind"], Request?] {
    const { policy, budget } = this.#settings;
    if (this.#context.aborted || !this.#mayHedge()) return ["not-wanted"];
    const request = requestAgain(policy, this.#request);
    if (request === undefined) return ["not-repeatable"];
    return withdrawFrom(budget) ? ["sent", request] : ["budget-exhausted"];
  }

  #mayHedge(): boolean {
    try {
      return this.#settings.policy.shouldHedge(this.#request, this.#context);
    } catch (error) {
      faults.publish({ where: "policy.shouldHedge", error });
      return false;
    }
  }

  #send(request: Request, leg: CallControl): void {
    const startedAt = this.#settings.clock.now();
    this.#legs.add(leg);
    this.#inner.call(request, leg).then(
      (response) => this.#answered(leg, startedAt, response),
      (error: unknown) => this.#failed(leg, error),
    );
  }

  #answered(leg: CallControl, startedAt: number, response: Response): void {
    const { clock, policy, whenDone } = this.#settings;
    const now = clock.now();
    this.#latencies.record(now - startedAt, now);
    const resolve = this.#resolve;
    if (!resolve) {
      discardWith(policy, response);
      return;
    }
    this.#legs.delete(leg);
    this.#end();
    resolve(response);
    whenOver(whenDone, response, leg);
  }

  #failed(leg: CallControl, error: unknown): void {
    this.#legs.delete(leg);
    leg.release();
    if (!this.#resolve) return;
    if (this.#settings.winner === "first-success" && this.#legs.size > 0) return;
    this.#end();
    this.#reject(error);
  }

  /** Ends the other leg, on its way or not yet sent. */
  #end(): void {
    this.#resolve = undefined;
    this.#timer?.[Symbol.dispose]();
    for (const leg of this.#legs) {
      leg.release();
      leg.abort(abortedError("the other copy was quicker"));
    }
  }
}
