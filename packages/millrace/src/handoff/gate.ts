/**
 * What lets connections in, seen from the hand-over: as a rule the doors of this process, but it may be a fleet of
 * other processes that accept.
 */
export interface Gate {
  /** Connections that are open. */
  readonly connections: number;
  /** Gets ready, so that {@link open} takes no time. */
  prepare(): Promise<void>;
  /** Lets connections in. May be called again after {@link pause}. */
  open(): Promise<void>;
  /** Lets no connection in any more. What is open stays, and who comes waits for whoever opens next. */
  pause(): void;
  /** Asks clients to come back on new connections from now on, or stops asking. */
  retire(retired: boolean): void;
  /** Settles once no connection is open. */
  whenIdle(): Promise<void>;
  /** Drops what is still open. */
  cut(): void;
  /** Gives up the addresses. */
  close(): void | Promise<void>;
}
