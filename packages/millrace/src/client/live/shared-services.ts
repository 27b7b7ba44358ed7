import type { LiveService } from "./live-service.js";
import type { Reloadable } from "./reload.js";

/** A live service with the number of those who use it. */
export interface SharedService extends Reloadable {
  readonly key: string;
  readonly live: LiveService;
  /** Settles when it goes by its first configuration. */
  readonly opened: Promise<void>;
  users: number;
}

/**
 * The services in use, so that clients of one service with the same policies share connections and what is
 * known of nodes. One that nobody uses any more is closed.
 *
 * At most `limit` are found again; of more, those asked for longest ago go on for their users alone.
 */
export class SharedServices {
  readonly #limit: number;
  readonly #found = new Map<string, SharedService>();
  readonly #all = new Set<SharedService>();
  readonly #closing = new Set<Promise<void>>();

  constructor(limit = 10_000) {
    this.#limit = limit;
  }

  /** How many are in use. */
  get size(): number {
    return this.#all.size;
  }

  /** All that are in use. */
  get all(): Iterable<SharedService> {
    return this.#all;
  }

  /** Gives the service under `key` one more user; opens it if there is none. */
  use(key: string, open: () => Omit<SharedService, "key" | "users">): SharedService {
    const service = this.#found.get(key) ?? { key, users: 0, ...open() };
    service.users += 1;
    this.#all.add(service);
    this.#found.delete(key);
    this.#found.set(key, service);
    if (this.#found.size > this.#limit) this.#forgetEldest();
    return service;
  }

  /** Takes a user away. The last one closes the service. */
  leave(service: SharedService): Promise<void> {
    service.users -= 1;
    if (service.users > 0) return Promise.resolve();
    this.#all.delete(service);
    if (this.#found.get(service.key) === service) this.#found.delete(service.key);
    const closing = service.live.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
    return closing;
  }

  /** Closes all, whoever uses them. */
  async close(): Promise<void> {
    for (const service of this.#all) service.users = Math.min(service.users, 1);
    for (const service of [...this.#all]) void this.leave(service);
    await Promise.all(this.#closing);
  }

  #forgetEldest(): void {
    for (const key of this.#found.keys()) {
      this.#found.delete(key);
      return;
    }
  }
}
