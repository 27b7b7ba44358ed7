import { createMemberSet, type MemberSet } from "../../balance/index.js";
import type { Clock } from "../../base/clock.js";
import { abortedError } from "../../base/errors.js";
import { invalidOption, requirePositive, requireWhole } from "../../base/options.js";
import { type Random, seededRandom } from "../../base/random.js";
import type { Service } from "../../service/service.js";
import { settle, VirtualClock } from "../virtual-clock.js";
import type { Arrivals } from "./arrivals.js";
import { Callers } from "./callers.js";
import type { SimulatedRequest, SimulatedResponse } from "./messages.js";
import type { SimulationReport } from "./report.js";
import type { ServerModel } from "./server-models.js";
import { SimulatedServer } from "./simulated-server.js";
import { Timeline } from "./timeline.js";

/** A service of simulated messages: a server, or what a client makes of several. */
export type SimulatedService = Service<SimulatedRequest, SimulatedResponse>;

/** What a simulated client is built of. Hand clock and random to every layer that takes them. */
export interface ClientParts {
  /** The servers, for a balancer. Shared by all clients. */
  readonly members: MemberSet<string, SimulatedService>;
  /** Simulated time. */
  readonly clock: Clock;
  /** Chance of this client's own. */
  readonly random: Random;
  /** Number of the client, from 0. */
  readonly client: number;
}

/** Something that happens to the set of servers. */
export interface SimulatedChange {
  /** When, in milliseconds since the start. */
  readonly atMs: number;
  /** Makes the change, say takes a server out. `servers` has them all, also those that are not members. */
  readonly change: (
    members: MemberSet<string, SimulatedService>,
    servers: Readonly<Record<string, SimulatedService>>,
  ) => void;
}

/** What is simulated. One of `requests` and `durationMs` must be given. */
export interface SimulationOptions {
  /** The servers, by name. All are members from the start. */
  readonly servers: Readonly<Record<string, ServerModel>>;
  /** Builds a client. One that is disposable is disposed at the end. */
  readonly client: (parts: ClientParts) => SimulatedService;
  /** When requests are sent. */
  readonly arrivals: Arrivals;
  /** Most requests, a whole number of at least 1. @defaultValue `Infinity` */
  readonly requests?: number | undefined;
  /** When the last requests may be sent, in milliseconds since the start; more than 0. @defaultValue `Infinity` */
  readonly durationMs?: number | undefined;
  /** When calls that have not ended are given up, in milliseconds since the start; more than 0. @defaultValue `Infinity` */
  readonly endMs?: number | undefined;
  /** How many clients there are, a whole number of at least 1; each request is sent by one at random. @defaultValue 1 */
  readonly clients?: number | undefined;
  /** What is asked for. @defaultValue `/` */
  readonly endpoints?: readonly string[] | undefined;
  /** Says whether a call that was answered ended well. @defaultValue the status is 2xx */
  readonly succeeded?: ((response: SimulatedResponse) => boolean) | undefined;
  /** What happens to the set of servers meanwhile. @defaultValue nothing */
  readonly changes?: readonly SimulatedChange[] | undefined;
  /** Start of all chance. @defaultValue 1 */
  readonly seed?: number | undefined;
}

/**
 * Runs clients against servers in simulated time: hours in seconds. The same options give the same
 * report, provided the clients take time and chance from their parts and from nowhere else.
 *
 * Ends when all calls have ended, or none can: a call that hangs for ever counts as unanswered.
 *
 * @throws MillraceError `invalid-options`, as a rejection, when an option is out of its range
 */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  checkOptions(options);
  const { clients: clientCount = 1, changes = [], endMs, seed = 1 } = options;
  const clock = new VirtualClock();
  const names = Object.keys(options.servers);
  const timeline = new Timeline(names.length);
  const servers = names.map((name, row) => {
    const handler = options.servers[name]!(seededRandom(seedOf(seed, "server", row)));
    return new SimulatedServer(name, handler, clock, (now) => timeline.count(row, now));
  });
  const members = createMemberSet<string, SimulatedService>();
  for (const server of servers) members.insert(server.name, server);
  const clients = Array.from({ length: clientCount }, (_, client) =>
    options.client({ members, clock, client, random: seededRandom(seedOf(seed, "client", client)) }),
  );

  const callers = new Callers(options, clients, clock, seededRandom(seedOf(seed, "callers", 0)));
  const byName = Object.fromEntries(servers.map((server) => [server.name, server]));
  for (const { atMs, change } of changes) clock.schedule(atMs, () => change(members, byName));
  clock.schedule(0, () => options.arrivals(callers.port));
  await clock.run({ until: () => callers.finished, endMs });
  callers.giveUp(abortedError());
  await settle();
  for (const client of clients) dispose(client);
  return reportOf(callers, servers, timeline);
}

function reportOf(
  callers: Callers,
  servers: readonly SimulatedServer[],
  timeline: Timeline,
): SimulationReport {
  const sum = (of: (server: SimulatedServer) => number) => servers.reduce((all, each) => all + of(each), 0);
  const received = sum((server) => server.received);
  return {
    ...callers.report(),
    responses: sum(({ responses }) => responses),
    serverTimeMs: sum(({ timeMs }) => timeMs),
    bucketMs: timeline.bucketMs,
    servers: servers.map((server, row) => ({
      name: server.name,
      received: server.received,
      share: received === 0 ? 0 : server.received / received,
      responses: server.responses,
      timeMs: server.timeMs,
      receivedOverTime: timeline.row(row),
    })),
  };
}

function checkOptions({ requests, durationMs, endMs, clients, endpoints, changes }: SimulationOptions): void {
  if (requests !== undefined) requireWhole("simulate.requests", requests, 1);
  if (durationMs !== undefined) requirePositive("simulate.durationMs", durationMs);
  if (endMs !== undefined) requirePositive("simulate.endMs", endMs);
  if (clients !== undefined) requireWhole("simulate.clients", clients, 1, Number.MAX_SAFE_INTEGER);
  for (const { atMs } of changes ?? []) {
    if (!(atMs >= 0)) throw invalidOption("simulate.changes.atMs", "0 or more", atMs);
  }
  if (endpoints?.length === 0) throw invalidOption("simulate.endpoints", "at least one", "none");
  const end = Math.min(requests ?? Infinity, durationMs ?? Infinity, endMs ?? Infinity);
  if (end === Infinity) throw invalidOption("simulate", "requests, durationMs or endMs", "none");
}

/** Far enough apart that adding a client changes nothing for the others. */
function seedOf(seed: number, role: "server" | "client" | "callers", index: number): number {
  return seed * 1_000_003 + { server: 0, client: 100_000, callers: 200_000 }[role] + index;
}

function dispose(client: SimulatedService | (SimulatedService & Disposable)): void {
  if (Symbol.dispose in client) client[Symbol.dispose]();
}
