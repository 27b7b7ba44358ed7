import { closedError, MillraceError } from "../base/errors.js";
import { requireFunctions } from "../base/options.js";
import { WaitLine } from "../base/wait-line.js";
import { type CallContext, createContext } from "../service/context.js";
import { whenOver } from "../service/done.js";
import { faults } from "../service/fault.js";
import type { Service } from "../service/service.js";
import { blame } from "./blame.js";
import type { Change, Discover } from "./discover.js";
import { Explainer, type PickExplanation, pickExplanations } from "./explain.js";
import type { Flight } from "./load/member-load.js";
import { type BalancedMember, createMember } from "./member.js";
import { type BalanceOptions, type BalanceSettings, balanceSettings } from "./options.js";
import { Outliers } from "./outlier.js";
import { firstReady } from "./pickers/first-ready.js";
import { Roster } from "./roster.js";
import { type BalanceSnapshot, snapshotOf } from "./snapshot.js";
import { TriedMembers } from "./tried.js";
import { whenAnyReady } from "./when-any-ready.js";

/** One service made of many: each call goes to a member. Ready when a usable member is. */
export interface Balancer<K, Request, Response> extends Service<Request, Response>, Disposable {
  /** What is known of the members now. */
  snapshot(): BalanceSnapshot<K>;
  /**
   * Chooses as for a call, makes none, and tells why; for a call of `request`, if the picker goes by
   * that. A picker that takes turns has then taken one. To hear about real calls attach
   * {@link pickExplanations} to their context.
   */
  explain(request?: Request): PickExplanation;
  /** Ends the ejection of member `key`, say because it passed an active check. */
  absolve(key: K): void;
  /** Stops following the members: new and waiting calls fail with `closed`. Calls in flight go on. */
  [Symbol.dispose](): void;
}

/**
 * Spreads calls over the members that `discover` names.
 *
 * A later attempt of a call goes to a member where it has not been yet, if there is one. Members that
 * keep failing are set aside for a while ({@link OutlierOptions}). After tower's `Balance`, and for ejection and
 * panic after Envoy.
 *
 * @throws MillraceError `unavailable`, from the call, when there is no member to go to; nothing was sent
 * @throws MillraceError `closed`, from the call, once disposed
 * @throws MillraceError `invalid-options`, at once, when an option is out of its range
 */
export function balance<K, Request, Response>(
  discover: Discover<K, Service<Request, Response>>,
  options: BalanceOptions<K, Response, Request> = {},
): Balancer<K, Request, Response> {
  requireFunctions("balance.discover", discover, "subscribe");
  return new BalancedService(discover, balanceSettings(options));
}

class BalancedService<K, Request, Response> implements Balancer<K, Request, Response> {
  readonly #settings: BalanceSettings<K, Response, Request>;
  readonly #roster: Roster<K, Request, Response>;
  readonly #outliers: Outliers<K, Request, Response> | undefined;
  readonly #tried = new TriedMembers<BalancedMember<K, Request, Response>>();
  readonly #callsInLine = new WaitLine();
  readonly #changes = new WaitLine();
  readonly #subscription: Disposable;
  #started = false;
  #closed = false;

  constructor(
    discover: Discover<K, Service<Request, Response>>,
    settings: BalanceSettings<K, Response, Request>,
  ) {
    this.#settings = settings;
    this.#roster = new Roster(settings.panicRatio);
    this.#outliers = settings.outlier && new Outliers(settings.outlier, this.#roster, settings.onEject);
    this.#subscription = discover.subscribe((change) => this.#apply(change));
    this.#started = true;
  }

  get ready(): boolean {
    for (const member of this.#roster.candidatesAt(this.#settings.clock.now())) {
      if (member.ready) return true;
    }
    return false;
  }

  whenReady(signal?: AbortSignal): Promise<void> {
    if (this.#closed) return Promise.reject(closedError("the balancer"));
    if (this.ready) return Promise.resolve();
    const members = this.#roster.candidatesAt(this.#settings.clock.now());
    const services = members.map(({ service }) => service);
    return whenAnyReady(services, this.#changes, signal);
  }

  call(request: Request, context: CallContext): Promise<Response> {
    if (context.aborted) return Promise.reject(context.reason as Error);
    const now = this.#settings.clock.now();
    const member = this.#choose(request, context, now);
    if (!member) return this.#callNobody(request, context);

    const flight = member.load.start(now);
    const answer = member.service.call(request, context);
    answer.then(
      (response) => this.#answered(member, flight, response),
      (error: unknown) => this.#failed(member, flight, error, context),
    );
    return answer;
  }

  snapshot(): BalanceSnapshot<K> {
    const now = this.#settings.clock.now();
    return {
      members: Array.from(this.#roster.all(), (member) => snapshotOf(member, now)),
      usable: this.#roster.usableAt(now),
      panicking: this.#roster.panickingAt(now),
      waiting: this.#callsInLine.length,
    };
  }

  explain(request?: Request): PickExplanation {
    const now = this.#settings.clock.now();
    const explainer = new Explainer();
    const key = request === undefined ? undefined : this.#keyOf(request, createContext());
    const chosen = this.#pick(this.#roster.candidatesAt(now), now, explainer, key);
    return this.#explanation(explainer, chosen, [], now);
  }

  absolve(key: K): void {
    const member = this.#roster.get(key);
    if (member) this.#outliers?.absolve(member, this.#settings.clock.now());
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#subscription[Symbol.dispose]();
    this.#roster.clear();
    this.#callsInLine.rejectAll(closedError("the balancer"));
    this.#changes.rejectAll(closedError("the balancer"));
  }

  #apply(change: Change<K, Service<Request, Response>>): void {
    const { clock, latency, slowStart } = this.#settings;
    const now = clock.now();
    if (change.kind === "insert") {
      const entry = { cameAt: this.#started ? now : -Infinity, slowStart };
      this.#roster.insert(createMember(change, latency, now, entry));
    } else if (change.kind === "update") this.#roster.update(change.key, change.state, now);
    else this.#roster.remove(change.key);
    this.#changes.releaseAll();
    if (this.#roster.candidatesAt(now).length > 0) this.#callsInLine.releaseAll();
  }

  #choose(
    request: Request,
    context: CallContext,
    now: number,
  ): BalancedMember<K, Request, Response> | undefined {
    const members = this.#tried.untried(this.#roster.candidatesAt(now), context);
    const explanations = context.get(pickExplanations);
    const explainer = explanations && new Explainer();
    const key = this.#settings.picker.keyOf && this.#keyOf(request, context);
    const member = this.#pick(members, now, explainer, key);
    if (explainer) {
      const tried = Array.from(this.#tried.of(context), ({ key }) => key);
      explanations.push(this.#explanation(explainer, member, tried, now));
    }
    if (member) this.#tried.note(member, context);
    return member;
  }

  #pick(
    members: readonly BalancedMember<K, Request, Response>[],
    now: number,
    explainer: Explainer | undefined,
    key: string | undefined,
  ): BalancedMember<K, Request, Response> | undefined {
    if (members.length === 0) return undefined;
    try {
      return this.#settings.picker.pick(members, now, explainer, key);
    } catch (error) {
      faults.publish({ where: "balance.picker.pick", error });
      return firstReady(members, 0) ?? members[0];
    }
  }

  /** What the picker is to go by; without it when that cannot be told. */
  #keyOf(request: Request, context: CallContext): string | undefined {
    try {
      return this.#settings.picker.keyOf?.(request, context);
    } catch (error) {
      faults.publish({ where: "balance.picker.keyOf", error });
      return undefined;
    }
  }

  #explanation(
    { looks, reason }: Explainer,
    chosen: BalancedMember<K, Request, Response> | undefined,
    tried: readonly K[],
    now: number,
  ): PickExplanation {
    const candidates = this.#roster.candidatesAt(now).length;
    const panicking = this.#roster.panickingAt(now);
    return { chosen: chosen?.key, reason, looked: looks, tried, candidates, panicking };
  }

  #callNobody(request: Request, context: CallContext): Promise<Response> {
    if (this.#closed) return Promise.reject(closedError("the balancer"));
    if (this.#settings.whenEmpty === "wait") {
      return this.#callsInLine.join(context.signal).then(() => this.call(request, context));
    }
    const { size } = this.#roster;
    const message = size === 0 ? "there is no member" : `none of ${size} members may be called`;
    return Promise.reject(new MillraceError(message, { code: "unavailable", unsent: true }));
  }

  #answered(member: BalancedMember<K, Request, Response>, flight: Flight, response: Response): void {
    const { clock, whenDone, observer } = this.#settings;
    const now = clock.now();
    try {
      observer.answered?.(member.key, response, now - flight.startedAt);
    } catch (error) {
      faults.publish({ where: "balance.observer.answered", error });
    }
    if (this.#tellsOfFailure(response)) {
      member.load.failedAt(flight, now);
      this.#outliers?.failed(member, undefined, now);
    } else {
      member.load.answered(flight, now);
      this.#outliers?.succeeded(member);
    }
    whenOver(whenDone, response, flight);
  }

  #tellsOfFailure(response: Response): boolean {
    try {
      return this.#settings.failed(response);
    } catch (error) {
      faults.publish({ where: "balance.failed", error });
      return false;
    }
  }

  #failed(
    member: BalancedMember<K, Request, Response>,
    flight: Flight,
    error: unknown,
    context: CallContext,
  ): void {
    const { clock, observer } = this.#settings;
    const now = clock.now();
    try {
      observer.failed?.(member.key, error, now - flight.startedAt);
    } catch (fault) {
      faults.publish({ where: "balance.observer.failed", error: fault });
    }
    const blamed = blame(error, context);
    if (blamed === "caller") member.load.givenUp(flight, now);
    else member.load.failedAt(flight, now);
    if (blamed === "member") this.#outliers?.failed(member, error, now);
    flight.callDone();
  }
}
