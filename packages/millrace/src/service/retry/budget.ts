import { type Clock, systemClock } from "../../base/clock.js";
import { requireRange, withDefaults } from "../../base/options.js";

/** Says how many retries are affordable, so that they cannot multiply the load of a peer in trouble. */
export interface RetryBudget {
  /** Notes one call, however many attempts it will take. */
  deposit(): void;
  /** Takes the price of one retry; false, and nothing taken, when there is not enough. */
  withdraw(): boolean;
}

/** How much a {@link TpsBudget} allows. */
export interface TpsBudgetOptions {
  /**
   * How long a call counts, and a retry weighs, in milliseconds; from 1_000 to 60_000. Counted in tenths,
   * so either may be forgotten up to a tenth sooner.
   * @defaultValue 10_000
   */
  readonly windowMs?: number | undefined;
  /**
   * Retries a second that are allowed whatever the traffic, for clients of little traffic; at least 0.
   * @defaultValue 10
   */
  readonly reservePerSecond?: number | undefined;
  /**
   * Retries allowed for each call, from 0 to 1000: 0.2 is one retry for five calls.
   * @defaultValue 0.2
   */
  readonly ratio?: number | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

const slotCount = 10;

/**
 * A budget that allows a share of the recent traffic, and a small reserve, to be retried.
 *
 * The reserve is for the whole window at once: ten a second over ten seconds may be a hundred in a tick. After
 * the budget of tower and Finagle.
 */
export class TpsBudget implements RetryBudget {
  readonly #clock: Clock;
  readonly #slotMs: number;
  readonly #deposit: number;
  readonly #price: number;
  readonly #reserve: number;
  readonly #slots = new Float64Array(slotCount);
  #slot: number;
  /** Clock time in milliseconds at which the next slot begins. */
  #slotEndsAt: number;

  /** @throws MillraceError `invalid-options` when an option is out of its range */
  constructor(options: TpsBudgetOptions = {}) {
    const defaults = { windowMs: 10_000, reservePerSecond: 10, ratio: 0.2, clock: systemClock };
    const { windowMs, reservePerSecond, ratio, clock } = withDefaults(defaults, options);
    requireRange("budget.windowMs", windowMs, 1000, 60_000);
    requireRange("budget.reservePerSecond", reservePerSecond, 0, Number.MAX_SAFE_INTEGER);
    requireRange("budget.ratio", ratio, 0, 1000);

    this.#clock = clock;
    this.#slotMs = windowMs / slotCount;
    this.#deposit = ratio > 0 ? 1 : 0;
    this.#price = ratio > 0 ? 1 / ratio : 1;
    this.#reserve = ((reservePerSecond * windowMs) / 1000) * this.#price;
    this.#slot = Math.floor(clock.now() / this.#slotMs);
    this.#slotEndsAt = (this.#slot + 1) * this.#slotMs;
  }

  /** Retries that could be made now. */
  get affordable(): number {
    this.#forget();
    let balance = this.#reserve;
    for (const slot of this.#slots) balance += slot;
    // A price like 1/0.3 has no exact value: what is within rounding of the next retry is enough.
    return Math.max(0, Math.floor(balance / this.#price + 1e-9));
  }

  deposit(): void {
    this.#forget();
    this.#slots[this.#slot % slotCount]! += this.#deposit;
  }

  withdraw(): boolean {
    if (this.affordable < 1) return false;
    this.#slots[this.#slot % slotCount]! -= this.#price;
    return true;
  }

  #forget(): void {
    const now = this.#clock.now();
    if (now >= this.#slotEndsAt) this.#turnTo(Math.floor(now / this.#slotMs));
  }

  #turnTo(slot: number): void {
    if (slot - this.#slot >= slotCount) this.#slots.fill(0);
    else for (let old = this.#slot + 1; old <= slot; old += 1) this.#slots[old % slotCount] = 0;
    this.#slot = slot;
    this.#slotEndsAt = (slot + 1) * this.#slotMs;
  }
}
