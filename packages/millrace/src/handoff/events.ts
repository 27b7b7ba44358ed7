import { createTopic } from "../base/events.js";
import type { HandoffWay } from "./control/messages.js";
import type { HandoffPhase } from "./phase.js";

/** Who an event is about: the process that tells. */
interface Teller {
  readonly name: string;
  readonly generation: number;
}

/** What happens to the generations of a program, each process telling its own part. */
export type HandoffEvent = Teller &
  (
    | {
        readonly type: "phase";
        readonly phase: HandoffPhase;
        /** The phase before. */
        readonly before: HandoffPhase;
        /** How long that lasted, in milliseconds. */
        readonly beforeMs: number;
        readonly way: HandoffWay | "bind";
        readonly connections: number;
        /** Since this process was started, in milliseconds. */
        readonly ageMs: number;
      }
    /** A successor may start. */
    | {
        readonly type: "upgrade-started";
        readonly pid: number;
        readonly release: string;
        readonly way: HandoffWay;
      }
    /** It serves. `tookMs` since it said hello. */
    | {
        readonly type: "upgrade-switched";
        readonly pid: number;
        readonly release: string;
        readonly tookMs: number;
      }
    /** It has proven itself. */
    | {
        readonly type: "upgrade-proven";
        readonly pid: number;
        readonly release: string;
        readonly tookMs: number;
      }
    /** It is gone, and this process serves. */
    | {
        readonly type: "upgrade-failed";
        readonly pid: number;
        readonly release: string;
        readonly reason: string;
      }
    /** This process has had its predecessor serve again. */
    | { readonly type: "given-back"; readonly reason: string }
    /** The front whose connections this process served has died; it holds the addresses itself now. */
    | { readonly type: "alone" }
    /** Somebody was turned away at the control socket. */
    | { readonly type: "refused"; readonly reason: string }
    /** Connections were cut because their time was over. */
    | { readonly type: "cut"; readonly connections: number }
  );

/** Everything that happens in hand-overs, for logs and metrics. Free while nobody listens. */
export const handoffEvents = createTopic<HandoffEvent>("millrace.handoff");
