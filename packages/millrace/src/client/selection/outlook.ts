import type { Track } from "./node.js";
import type { AnyNode } from "./strategy.js";

/** A node of double cost for each quarter of doubt gets few calls, but not none. */
const doubtWeight = 4;
const leastLatencyMs = 1e-3;
/** When a silent node is sent another call, the first time; later each time after twice as long. */
const firstKnockMs = 30_000;
const mostDoublings = 4;

/** How likely it is that a call of `track` gets no good answer from `node`, from 0 to 1. */
export function doubtOf(node: AnyNode, track: Track, now: number): number {
  return doubtBy(node, track, delayOf(track, latencyOf(track, now), now));
}

/** Notes how `node` looks at `now` in its `track`, for {@link costOf}. Returns the doubt. */
export function look(node: AnyNode, track: Track, now: number): number {
  const latencyMs = latencyOf(track, now);
  const delay = delayOf(track, latencyMs, now);
  track.doubtNow = doubtBy(node, track, delay);
  track.costNow = latencyMs * delay * delay * (node.inFlight + 1);
  return track.doubtNow;
}

/**
 * What one more call would cost at the last look: the time it would take, for the calls that the node would
 * then have. A doubt of `excess` over the least doubted of the peers raises it.
 */
export function costOf({ costNow }: Track, excess: number): number {
  return costNow * (1 + doubtWeight * excess);
}

function doubtBy(node: AnyNode, track: Track, delay: number): number {
  return Math.max(node.doubt.level, track.doubt.level, track.oddity.level, 1 - 1 / delay);
}

function latencyOf({ load }: Track, now: number): number {
  return Math.max(load.latencyMs(now), leastLatencyMs);
}

/**
 * How many times as long as usual it has owed an answer: 1 while it answers in its usual time. So a node
 * that swallows calls shows long before any of them fails.
 */
function delayOf(track: Track, latencyMs: number, now: number): number {
  // The estimate decays while nothing is heard, which must not make an answer late that is not.
  return Math.max(1, track.silentMs(now) / Math.max(latencyMs, track.lastMs));
}

/** Whether a call that would pass over a node because of doubts had better find out. Counts it as passed over if not. */
export function isProbeDue(node: AnyNode, track: Track, now: number): boolean {
  // Each is asked, since each counts the calls that pass it over.
  const reachable = !node.doubt.avoided || node.doubt.probeDue(now);
  const working = !track.doubt.avoided || track.doubt.probeDue(now);
  const usual = !track.oddity.avoided || track.oddity.probeDue(now);
  if (!reachable || !working || !usual) return false;
  if (node.doubt.avoided || track.doubt.avoided || track.oddity.avoided) return true;
  return track.silentMs(now) >= firstKnockMs * 2 ** Math.min(track.knocks, mostDoublings);
}

/** Notes that a call goes to a node in spite of the doubts. */
export function noteProbe(node: AnyNode, track: Track): void {
  if (node.doubt.avoided) node.doubt.probe();
  if (track.doubt.avoided) track.doubt.probe();
  if (track.oddity.avoided) track.oddity.probe();
  track.knocks += 1;
}
