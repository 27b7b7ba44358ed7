import { createMemberSet, type MemberSet } from "millrace/balance";
import type { Service } from "millrace/service";
import type { HttpRequest, HttpResponse } from "millrace/wire";
import type { ServerRecord } from "../ipc/messages.js";
import { Origin, type OriginOptions } from "./origin.js";

/** The servers of the pool as a worker knows them, kept in step with the manager's. */
export class Origins implements AsyncDisposable {
  /** What the balancer chooses from. */
  readonly members: MemberSet<Origin, Service<HttpRequest, HttpResponse>> = createMemberSet();
  readonly #byId = new Map<string, { readonly origin: Origin; readonly url: string }>();
  #options: OriginOptions;

  constructor(options: OriginOptions) {
    this.#options = options;
  }

  /** The origin of server `id`. */
  get(id: string): Origin | undefined {
    return this.#byId.get(id)?.origin;
  }

  /** Every origin. */
  all(): Iterable<Origin> {
    return Array.from(this.#byId.values(), ({ origin }) => origin);
  }

  /** Adds a server, or takes over what changed of it; its connections stay unless its URL changed. */
  put(record: ServerRecord): void {
    const { id, url, weight, draining } = record;
    const state = { weight, draining, health: record.healthy ? "healthy" : "unhealthy" } as const;
    const known = this.#byId.get(id);
    if (known?.url === url) {
      this.members.update(known.origin, state);
      return;
    }
    this.remove(id);
    const origin = new Origin(record, this.#options);
    this.#byId.set(id, { origin, url });
    this.members.insert(origin, origin, state);
  }

  /** Forgets a server and drops what still runs on it. */
  remove(id: string): void {
    const known = this.#byId.get(id);
    if (!known) return;
    this.#byId.delete(id);
    this.members.remove(known.origin);
    void known.origin.close();
  }

  /** Gives every origin changed settings. */
  configure(options: OriginOptions): void {
    this.#options = options;
    for (const { origin } of this.#byId.values()) origin.configure(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closing = Array.from(this.#byId.values(), ({ origin }) => origin.close());
    this.#byId.clear();
    await Promise.all(closing);
  }
}
