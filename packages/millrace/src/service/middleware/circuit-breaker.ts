import { isMillraceError } from "../../base/errors.js";
import { requireOptionalFunctions } from "../../base/options.js";
import { Circuit, type CircuitOptions, type Pass } from "../breaker/circuit.js";
import type { CallContext } from "../context.js";
import { faults } from "../fault.js";
import type { Outcome } from "../outcome.js";
import type { Policy, Service } from "../service.js";

/** What {@link circuitBreaker} counts, and when it opens. */
export interface CircuitBreakerOptions<Response> extends CircuitOptions {
  /**
   * A circuit shared with whoever else uses it, to be looked at and switched by hand. Its own options
   * count; those given beside it do not.
   * @defaultValue each service the layer wraps has its own
   */
  readonly circuit?: Circuit | undefined;
  /**
   * Whether a call that ended so has failed. Not asked when the caller gave up. One that throws has said yes.
   * @defaultValue errors are failures, except `overloaded`: that says nothing of the peer; responses are not
   */
  readonly isFailure?: ((outcome: Outcome<Response>) => boolean) | undefined;
}

/**
 * Lets no more calls through once too many have failed, to spare peer and callers; after a while lets a
 * few through to find out, and closes again when they succeed.
 *
 * Not ready while it is open: a balancer passes it by. One breaker for each peer, inside of the balancer,
 * inside of `retry` and outside of `timeout`, or a peer that swallows calls is no failure. For members of
 * a balance see its outlier detection first: that never sets aside too many. After Polly and cockatiel;
 * tower has none.
 *
 * A call counts in the span in which it began: one that was on its way when the circuit changed says
 * nothing about what came after. A caller who gave up says nothing either.
 *
 * @throws MillraceError `unavailable`, from the call, when it is not let through; with `retryAfterMs`
 * while the circuit is open
 * @throws MillraceError `invalid-options`, at once, when an option is out of its range
 */
export function circuitBreaker<Request, Response>(
  options: CircuitBreakerOptions<Response> = {},
): Policy<Request, Response> {
  const { circuit, isFailure } = options;
  requireOptionalFunctions("circuitBreaker", options, "isFailure");
  if (!circuit) new Circuit(options);
  return (inner) => new GuardedService(inner, circuit ?? new Circuit(options), isFailure);
}

class GuardedService<Request, Response> implements Service<Request, Response> {
  readonly #inner: Service<Request, Response>;
  readonly #circuit: Circuit;
  readonly #isFailure: ((outcome: Outcome<Response>) => boolean) | undefined;
  /** The pass given last. While the circuit is closed all calls have the same one, and with it {@link #passed}. */
  #pass: Pass | undefined;
  #passed = ignore;

  constructor(
    inner: Service<Request, Response>,
    circuit: Circuit,
    isFailure: ((outcome: Outcome<Response>) => boolean) | undefined,
  ) {
    this.#inner = inner;
    this.#circuit = circuit;
    this.#isFailure = isFailure;
  }

  get ready(): boolean {
    return this.#circuit.admits && this.#inner.ready;
  }

  whenReady(signal?: AbortSignal): Promise<void> {
    return this.#circuit.admits ? this.#inner.whenReady(signal) : this.#circuit.whenAdmits(signal);
  }

  call(request: Request, context: CallContext): Promise<Response> {
    if (context.aborted) return Promise.reject(context.reason as Error);
    const pass = this.#circuit.enter();
    if (!pass) return Promise.reject(this.#circuit.refusal());
    const answer = this.#inner.call(request, context);
    answer.then(this.#answeredOn(pass), (error: unknown) => this.#failed(error, pass, context));
    return answer;
  }

  /** Where no response is a failure, one function for as long as the pass is the same. */
  #answeredOn(pass: Pass): (response: Response) => void {
    if (this.#isFailure) return (response) => this.#circuit.settle(pass, this.#judge({ response }));
    if (pass !== this.#pass) {
      this.#pass = pass;
      this.#passed = () => this.#circuit.settle(pass, false);
    }
    return this.#passed;
  }

  #failed(error: unknown, pass: Pass, context: CallContext): void {
    const saysNothing = context.aborted || (!this.#isFailure && isMillraceError(error, "overloaded"));
    if (saysNothing) this.#circuit.forget(pass);
    else this.#circuit.settle(pass, this.#judge({ error }));
  }

  #judge(outcome: Outcome<Response>): boolean {
    if (!this.#isFailure) return "error" in outcome;
    try {
      return this.#isFailure(outcome);
    } catch (error) {
      faults.publish({ where: "circuitBreaker.isFailure", error });
      return true;
    }
  }
}

function ignore(): void {}
