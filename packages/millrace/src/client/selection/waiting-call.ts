import type { AbortListener } from "../../service/context.js";
import type { PermitLine, PermitWaiter } from "../limit/permit-line.js";
import type { Track } from "./node.js";
import type { AnyNode, NodeQuery } from "./strategy.js";

/** A call that found no room: stands in line at several nodes at once, and leaves all when one lets it in. */
export class WaitingCall<N extends AnyNode> implements AbortListener {
  /** What it looked for when it began to wait. */
  readonly query: NodeQuery;
  #quests: Quest<N>[] = [];
  readonly #admitted: (node: N, track: Track) => void;
  readonly #turnedAway: (reason: unknown) => void;
  #over = false;

  constructor(
    query: NodeQuery,
    ends: { admitted: (node: N, track: Track) => void; turnedAway: (reason: unknown) => void },
  ) {
    this.query = query;
    this.#admitted = ends.admitted;
    this.#turnedAway = ends.turnedAway;
  }

  /** Stands in line at `nodes`, none of which has room at `now`. */
  waitAt(nodes: readonly N[], now: number): void {
    this.#quests = nodes.map((node) => new Quest(node, node.track(this.query.endpoint, now), this));
    for (const quest of this.#quests) {
      quest.start();
      if (this.#over) return;
    }
    this.query.context.onAbort(this);
  }

  /** Leaves all lines, to be let in by {@link admit} or to wait elsewhere. */
  stepOut(): void {
    this.query.context.offAbort(this);
    for (const quest of this.#quests) quest.give();
    this.#quests = [];
  }

  /** Goes to `node`, whose permits for `track` it has. */
  admit(node: N, track: Track): void {
    this.#over = true;
    this.#admitted(node, track);
  }

  /** Leaves all lines, for `reason`. */
  turnAway(reason: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.stepOut();
    this.#turnedAway(reason);
  }

  callAborted(reason: unknown): void {
    this.turnAway(reason);
  }

  /** @internal One of the nodes has let it in. */
  arrived(winner: Quest<N>): void {
    this.#quests = this.#quests.filter((quest) => quest !== winner);
    this.stepOut();
    this.admit(winner.node, winner.track);
  }
}

/** A call's way into one node: a permit of the endpoint first, so that calls of a throttled endpoint hold none of the node. */
class Quest<N extends AnyNode> implements PermitWaiter {
  readonly node: N;
  readonly track: Track;
  readonly #call: WaitingCall<N>;
  #at: "nowhere" | "endpoint" | "node" | "in" = "nowhere";

  constructor(node: N, track: Track, call: WaitingCall<N>) {
    this.node = node;
    this.track = track;
    this.#call = call;
  }

  start(): void {
    const permits = this.track.limiter!.permits;
    if (permits.tryTake()) {
      this.#enter();
      return;
    }
    this.#at = "endpoint";
    permits.join(this);
  }

  granted(line: PermitLine): void {
    if (line === this.track.limiter!.permits) this.#enter();
    else this.#arrive();
  }

  /** Gives up, with whatever it has got by now. */
  give(): void {
    const at = this.#at;
    this.#at = "nowhere";
    const endpoint = this.track.limiter!.permits;
    if (at === "endpoint") endpoint.leave(this);
    if (at === "node") {
      this.node.limiter!.permits.leave(this);
      endpoint.give();
    }
  }

  #enter(): void {
    const permits = this.node.limiter!.permits;
    if (permits.tryTake()) {
      this.#arrive();
      return;
    }
    this.#at = "node";
    permits.join(this);
  }

  #arrive(): void {
    this.#at = "in";
    this.#call.arrived(this);
  }
}
