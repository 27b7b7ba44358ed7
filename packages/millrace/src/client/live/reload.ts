import { type Clock, sleep } from "../../base/clock.js";
import type { Refreshable } from "../../config/refreshable/refreshable.js";
import type { ServicesConfig } from "../config/services-config.js";

/** Something that goes by a configuration. */
export interface Reloadable {
  /** Goes by `config` from now on; rejects when it cannot be used. One at a time. */
  reload(config: ServicesConfig): Promise<void>;
  /** Settles when what it is still preparing is in force; `undefined` while there is nothing. Never rejects. */
  swapping?(): Promise<void> | undefined;
}

/** Whose configuration is kept up with, and who hears what cannot be used. */
export interface ReloadOptions {
  /** All who go by the configuration now. */
  readonly targets: () => Iterable<Reloadable>;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/** Work on a change goes on for so long, in milliseconds, before calls get their turn. */
const sliceMs = 1;
/**
 * Then it rests for so many times as long: what it makes is to stay, so that the collector of garbage has to
 * copy it. Made in one go, that alone would be a pause.
 */
const restTimes = 4;

/**
 * Brings a changed configuration to those who go by it, one after the other, with breaks: a
 * configuration of a thousand services must not hold up calls.
 */
export class Reload implements Disposable {
  readonly #config: Refreshable<ServicesConfig>;
  readonly #options: ReloadOptions;
  readonly #subscription: Disposable;
  #running: Promise<void> | undefined;
  #changed = false;

  constructor(config: Refreshable<ServicesConfig>, options: ReloadOptions) {
    this.#config = config;
    this.#options = options;
    this.#subscription = config.subscribe(() => this.#start());
  }

  /** Settles when all go by the configuration as it is now, or have refused to. */
  async settled(): Promise<void> {
    for (;;) {
      await this.#running;
      const swapping = [...this.#options.targets()].flatMap((target) => target.swapping?.() ?? []);
      if (swapping.length === 0 && !this.#running) return;
      await Promise.all(swapping);
    }
  }

  /** Takes no more changes. */
  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
    this.#changed = false;
  }

  #start(): void {
    this.#changed = true;
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
  }

  async #run(): Promise<void> {
    const { targets, clock } = this.#options;
    while (this.#changed) {
      this.#changed = false;
      const config = this.#config.value;
      let began = clock.now();
      for (const target of [...targets()]) {
        await this.#apply(target, config);
        const workedMs = clock.now() - began;
        if (workedMs < sliceMs) continue;
        await sleep(clock, restTimes * workedMs);
        began = clock.now();
      }
    }
  }

  async #apply(target: Reloadable, config: ServicesConfig): Promise<void> {
    try {
      await target.reload(config);
    } catch (error) {
      this.#options.onError(error);
    }
  }
}
