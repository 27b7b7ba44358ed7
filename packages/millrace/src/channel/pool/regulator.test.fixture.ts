import { VirtualClock } from "../../testing/virtual-clock.js";
import { type PoolOptions, poolSettings } from "./options.js";
import { type PoolEvent, poolEvents } from "./pool-events.js";
import type { ConnectionCounts, MemberReports, OpenedMember } from "./pool-member.js";
import { Regulator } from "./regulator.js";

interface TestAddress {
  readonly name: string;
  readonly weight?: number;
}

/** A member in the test's hands. */
class TestMember implements OpenedMember<string> {
  readonly address: string;
  readonly reports: MemberReports;
  /** What it may still take to finish, once it is closed. */
  closing: number | undefined;
  /** Whether its calls take longer than the closing of the member, until the test says otherwise. */
  busy = false;

  constructor(address: string, reports: MemberReports) {
    this.address = address;
    this.reports = reports;
  }

  get service(): string {
    return this.address;
  }

  connections(): ConnectionCounts {
    return { active: 0, idle: 1, connecting: 0, waiting: 0 };
  }

  close(drainMs: number): void {
    this.closing = drainMs;
    if (!this.busy) queueMicrotask(() => this.reports.dropped());
  }

  /** Connects, and passes its first check. */
  turnHealthy(): void {
    this.reports.connected();
    this.reports.healthy();
  }

  /** Connects if need be, and fails a check. */
  turnUnhealthy(reason = "status 503"): void {
    this.reports.connected();
    this.reports.unhealthy(new Error(reason));
  }

  /** Cannot connect. */
  refuse(reason = "ECONNREFUSED"): void {
    this.reports.connectionError(new Error(reason));
    this.reports.dropped();
  }
}

/** A pool on a clock of its own, whose members are in the test's hands. */
export function setup(options: PoolOptions = {}) {
  const clock = new VirtualClock();
  const opened: TestMember[] = [];
  const label = `pool ${++count}`;
  const log: string[] = [];
  const load = { inFlight: 0, trouble: 0 };
  const listening = poolEvents.subscribe((event) => {
    if (event.label === label) log.push(...lineOf(event));
  });
  // Chance in the middle: back-offs of 500 ms, then half as long again.
  const settings = poolSettings({ clock, random: () => 0.5, ageJitter: 0, ...options });
  const pool = new Regulator<TestAddress, string>({
    label,
    settings,
    keyOf: ({ name }) => name,
    openMember: ({ name }, reports) => {
      const member = new TestMember(name, reports);
      opened.push(member);
      return member;
    },
    inFlight: () => load.inFlight,
    onTrouble: () => void (load.trouble += 1),
  });
  const health: string[] = [];
  pool.status.subscribe((status) => health.push(status));

  /** The resolver names these. */
  const resolve = (...names: string[]) => pool.resolved(names.map((name) => ({ name })));
  /** Lets what is closing close. */
  const settle = () => clock.advance(0);
  /** Where the members that count are, in the order they came, with a word on those that are not healthy. */
  const members = () =>
    pool
      .snapshot()
      .members.filter(({ state }) => state !== "draining")
      .map(({ address, state }) => (state === "healthy" ? address : `${address} ${state}`));
  /** Takes the events so far. */
  const take = () => log.splice(0);
  const close = async () => {
    for (const member of opened) if (member.busy) member.reports.dropped();
    await pool.close();
    listening[Symbol.dispose]();
  };
  return { clock, pool, opened, load, health, resolve, settle, members, take, [Symbol.asyncDispose]: close };
}

let count = 0;

function lineOf(event: PoolEvent): string[] {
  switch (event.kind) {
    case "pool-unhealthy":
    case "pool-healthy":
      return [event.message.replace(/^pool \d+: /, "")];
    case "critical":
      return [event.critical ? "critical" : "no longer critical"];
    case "opened":
    case "dropped":
      return [`${event.kind} ${event.address}`];
    case "evicted":
      return [`evicted ${event.address}: ${event.reason}`];
    default:
      return [];
  }
}
