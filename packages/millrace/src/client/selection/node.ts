import { type Flight, MemberLoad } from "../../balance/load/member-load.js";
import type { LatencySettings } from "../../balance/load/peak-ewma.js";
import type { LimitAlgorithm } from "../../service/limit/limit-algorithm.js";
import type { Service } from "../../service/service.js";
import { Limiter } from "../limit/limiter.js";
import { DecayingSum } from "./decaying-sum.js";
import { Doubt } from "./doubt.js";
import { type Ending, endpointVerdict, nodeVerdict } from "./ending.js";
import { Steadiness } from "./steadiness.js";

/** How many endpoints of a node are told apart; calls of all further ones share an account. */
const mostTracks = 1000;
/** No endpoint has the empty name. */
const otherEndpoints = "";

const latency: LatencySettings = { decayMs: 10_000, initialMs: 30, failurePenaltyMs: 1000 };
const failureHalfLifeMs = 30_000;

/** Makes the algorithm of one limit; `undefined` for none. */
export type LimitMaker = ((of: "node" | "endpoint") => LimitAlgorithm) | undefined;

/** One endpoint of one node: its limit, and what is known of its calls. */
export class Track {
  readonly limiter: Limiter | undefined;
  readonly load: MemberLoad;
  /** Whether it fails through its own fault. */
  readonly doubt = new Doubt();
  /** Whether it refuses what its peers do not refuse. */
  readonly oddity = new Doubt();
  /** Whether its answers take about the same time. */
  readonly steadiness = new Steadiness();
  /** The doubt at the last look, in the hands of the strategy. */
  doubtNow = 0;
  /** The cost at the last look, doubt left out. */
  costNow = 0;
  /** How long the last answer took, in milliseconds. */
  lastMs = 0;
  /** Calls sent in spite of its silence, since it last broke that. */
  knocks = 0;
  /** The oldest call under way of those that started after each that has ended. */
  #frontier: Flight | undefined;

  constructor(createLimit: LimitMaker, now: number) {
    this.limiter = createLimit && new Limiter(createLimit("endpoint"));
    this.load = new MemberLoad(latency, now);
  }

  /**
   * For how long it has owed an answer, in milliseconds: how long the oldest call has waited that has not
   * been overtaken by a later one. One call that takes long means little while later ones end.
   */
  silentMs(now: number): number {
    return this.#frontier ? now - this.#frontier.startedAt : 0;
  }

  /** Starts the account of a call. */
  start(now: number): Flight {
    const flight = this.load.start(now);
    this.#frontier ??= flight;
    return flight;
  }

  /** Ends the account of a call. */
  end(flight: Flight, how: Ending, now: number): void {
    const frontier = this.#frontier;
    const overtakes = how !== "given-up" && frontier !== undefined && flight.startedAt >= frontier.startedAt;
    if (overtakes) this.knocks = 0;
    if (overtakes || flight === frontier) this.#frontier = flight.newer;
    if (how === "good" || how === "refused") {
      this.lastMs = now - flight.startedAt;
      this.steadiness.answered(this.lastMs);
      this.load.answered(flight, now);
    } else this.load.givenUp(flight, now);
    flight.callDone();
  }
}

/** A call under way. */
export interface Started {
  readonly flight: Flight;
  /** Calls that held a permit of the node when this one started, itself included. */
  readonly atNode: number;
  /** The same of the endpoint. */
  readonly atEndpoint: number;
}

/** One of the nodes of a service, with all that is known of it. */
export class Node<K, Request, Response> {
  readonly key: K;
  service: Service<Request, Response>;
  readonly limiter: Limiter | undefined;
  /** Calls from their permits to the head of their response. */
  inFlight = 0;
  /** What Balanced holds against it. */
  readonly failures: DecayingSum;
  /** Whether it can be reached at all. */
  readonly doubt = new Doubt();
  /** When it was chosen last, in a count of choices. */
  turn = 0;
  /** Clock time in milliseconds up to which it had better be left alone. */
  cooledUntil = -Infinity;
  readonly #createLimit: LimitMaker;
  readonly #tracks = new Map<string, Track>();

  constructor(key: K, service: Service<Request, Response>, createLimit: LimitMaker, now: number) {
    this.key = key;
    this.service = service;
    this.#createLimit = createLimit;
    this.limiter = createLimit && new Limiter(createLimit("node"));
    this.failures = new DecayingSum(failureHalfLifeMs, now);
  }

  /** The endpoints that were called. */
  get tracks(): Iterable<readonly [endpoint: string, track: Track]> {
    return this.#tracks;
  }

  /** The account of `endpoint`. */
  track(endpoint: string, now: number): Track {
    const known = this.#tracks.get(endpoint);
    if (known) return known;
    if (this.#tracks.size >= mostTracks && endpoint !== otherEndpoints)
      return this.track(otherEndpoints, now);
    const track = new Track(this.#createLimit, now);
    this.#tracks.set(endpoint, track);
    return track;
  }

  /** Whether a call of `track` would start at once. */
  hasRoom(track: Track): boolean {
    if (track.limiter && !track.limiter.permits.available) return false;
    return this.limiter === undefined || this.limiter.permits.available;
  }

  /** Takes the permits that a call of `track` needs; false, and none taken, when there is no room. */
  tryEnter(track: Track): boolean {
    if (!this.hasRoom(track)) return false;
    track.limiter?.permits.tryTake();
    this.limiter?.permits.tryTake();
    return true;
  }

  /** Starts the account of a call that has its permits. */
  start(track: Track, now: number): Started {
    this.inFlight += 1;
    const atNode = this.limiter?.permits.taken ?? 0;
    return { flight: track.start(now), atNode, atEndpoint: track.limiter?.permits.taken ?? 0 };
  }

  /** Ends the account of a call, and lets the limits learn of it. Its permits are given back by {@link leave}. */
  end(track: Track, started: Started, { how, now }: { how: Ending; now: number }): void {
    const { flight, atNode, atEndpoint } = started;
    track.end(flight, how, now);
    this.inFlight -= 1;
    const rttMs = now - flight.startedAt;
    track.limiter?.note({ verdict: endpointVerdict[how], rttMs, inFlight: atEndpoint });
    this.limiter?.note({ verdict: nodeVerdict[how], rttMs, inFlight: atNode });
  }

  /** Gives the permits of a call of `track` back. */
  leave(track: Track): void {
    track.limiter?.permits.give();
    this.limiter?.permits.give();
  }
}
