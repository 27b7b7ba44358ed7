import type { Server } from "node:net";
import type { Watch } from "../base/watch.js";
import type { ListenAddress } from "./address.js";
import type { HandoffStatus, HandoffWay } from "./control/messages.js";
import type { HandoffEnding, HandoffPhase } from "./phase.js";

/** This process's place among the generations of its program. */
export interface Handoff extends AsyncDisposable {
  /** 1 for the first. */
  readonly generation: number;
  /** How it came by its addresses; `bind` for the first. */
  readonly way: HandoffWay | "bind";
  /** Where it listens, with the ports that the system chose for port 0. */
  readonly addresses: readonly ListenAddress[];
  /** What to listen on, one for each address: each a listening `net.Server`. Empty when there is another gate. */
  readonly listeners: readonly Server[];
  /** What the predecessor's `state` gave; `undefined` for the first. */
  readonly inherited: unknown;
  /** How far this process has come. */
  readonly phase: Watch<HandoffPhase>;
  /** Whether this process is on probation: it serves, and a predecessor stands by that serves again when it ends. */
  readonly probation: Watch<boolean>;
  /** This generation and those that still finish what they have, as a status question is answered. */
  readonly status: HandoffStatus;
  /** How this process's part ends; `undefined` as long as it goes on. */
  readonly ending: HandoffEnding | undefined;
  /**
   * Settles when this process's part is over, and nothing of it is left.
   *
   * @throws MillraceError when the predecessor has given up on this process
   */
  readonly ended: Promise<HandoffEnding>;

  /**
   * Says that this process can serve, and settles when it does. A predecessor serves until then; when this process dies
   * within its probation, it serves again.
   *
   * @throws MillraceError when the predecessor has given up on this process
   */
  ready(): Promise<void>;

  /**
   * Has the predecessor serve again, as long as it stands by. What is open here may finish within `giveBackMs`. Settles
   * when nothing of this process's part is left; false, at once, when no predecessor would serve.
   *
   * `reason` is what the predecessor tells of it, for people.
   */
  giveBack(reason: string): Promise<boolean>;

  /**
   * Stops serving: nobody is let in, what is open may finish in the time there is for that, and the addresses are given
   * up. A predecessor that stands by does not take over, since this is the end of the program. Idempotent; a second call does not wait for connections any more.
   */
  stop(): Promise<void>;
}
