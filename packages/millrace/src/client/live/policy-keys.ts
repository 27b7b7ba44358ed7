import type { ClientOptions } from "../options.js";

/** Tells clients that may share connections and limits from those that may not, by their target and their policies. */
export class PolicyKeys {
  readonly #numbers = new WeakMap<object, number>();
  #count = 0;

  /** Equal for equal policies of one target. Functions and objects with a life of their own equal only themselves. */
  of(target: readonly string[], options: Partial<ClientOptions>): string {
    const parts = Object.entries(options)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([option, value]) => [option, option === "userAgent" ? value : this.#identity(value)]);
    return JSON.stringify([target, parts]);
  }

  #identity(value: unknown): unknown {
    if (typeof value !== "function" && (typeof value !== "object" || value === null)) return value;
    let number = this.#numbers.get(value);
    if (number === undefined) {
      this.#count += 1;
      number = this.#count;
      this.#numbers.set(value, number);
    }
    return { number };
  }
}
