import type { MemberState } from "../balance/discover.js";
import { createMemberSet, type MemberSet } from "../balance/member-set.js";
import { MockService } from "./mock-service.js";

/** Members for a balancer, each a {@link MockService} in the hands of the test. */
export class MockMembers<Request, Response> {
  /** The set that a balancer is to follow. */
  readonly set: MemberSet<string, MockService<Request, Response>> = createMemberSet();
  readonly #services = new Map<string, MockService<Request, Response>>();

  /** Starts with members under `keys`. */
  constructor(keys: Iterable<string> = []) {
    for (const key of keys) this.add(key);
  }

  /** Adds a member. */
  add(key: string, state?: MemberState): MockService<Request, Response> {
    const service = new MockService<Request, Response>();
    this.#services.set(key, service);
    this.set.insert(key, service, state);
    return service;
  }

  /** The service added last under `key`, even if the member has left. Fails when there was none. */
  of(key: string): MockService<Request, Response> {
    const service = this.#services.get(key);
    if (!service) throw new Error(`there was no member ${key}`);
    return service;
  }

  /** The services added last under each key. */
  all(): MockService<Request, Response>[] {
    return [...this.#services.values()];
  }
}
