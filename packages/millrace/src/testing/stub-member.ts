import type { LoadReading, Member } from "../balance/index.js";

/** What a test says of a {@link stubMember}; it can be changed at any time. */
export interface StubMember extends Member<string> {
  ready: boolean;
  weight: number;
  steadyFrom: number;
  /** What pickers and metrics read; a test may write its numbers. */
  readonly load: LoadReading & {
    inFlight: number;
    failed: number;
    heardAt: number;
    latency: number;
    oldest: number;
  };
}

/**
 * Makes a member for tests of pickers and load metrics: ready, of weight 1, idle, heard of at time 0, with a
 * latency of 10 ms.
 */
export function stubMember(key: string, state: Partial<StubMember> = {}): StubMember {
  return {
    key,
    ready: true,
    weight: 1,
    health: "healthy",
    draining: false,
    ejectedUntil: -Infinity,
    steadyFrom: -Infinity,
    weightAt() {
      return this.weight;
    },
    load: {
      inFlight: 0,
      latency: 10,
      oldest: 0,
      started: 0,
      failed: 0,
      heardAt: 0,
      latencyMs() {
        return this.latency;
      },
      oldestMs() {
        return this.oldest;
      },
    },
    ...state,
  };
}
