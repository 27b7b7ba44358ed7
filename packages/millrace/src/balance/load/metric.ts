import type { Member } from "../member.js";

/** Tells what one more call would cost at a member, on a scale of its own: less is better. Leaves its weight out. */
export type LoadMetric = (member: Member, now: number) => number;

/**
 * How long one more call would take: the latency of the member times the calls it would then have.
 *
 * The wait of the oldest call without an answer counts as a latency already measured. So a member that
 * swallows calls without failing, which no latency and no error ever tells of, stops being chosen.
 */
export const peakEwma: LoadMetric = ({ load }, now) =>
  Math.max(load.latencyMs(now), load.oldestMs(now), leastLatencyMs) * (load.inFlight + 1);

// Keeps calls in flight in the account of members whose estimate has decayed to nothing.
const leastLatencyMs = 1e-3;

/** The calls a member has. For calls of like cost, when latency says nothing. */
export const inFlight: LoadMetric = ({ load }) => load.inFlight;

/**
 * How long the oldest call without an answer has waited, in milliseconds. For members that answer all
 * calls about as fast, and of which some now and then stall.
 */
export const oldestCall: LoadMetric = ({ load }, now) => load.oldestMs(now);

/** The same for all members, so that chance and weight alone decide. */
export const constantLoad: LoadMetric = () => 0;
