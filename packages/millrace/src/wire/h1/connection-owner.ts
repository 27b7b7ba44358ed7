/** Whoever keeps connections and may use them again: a pool. */
export interface ConnectionOwner<Connection> {
  /** The last call is over and the connection can take another. */
  connectionIdle(connection: Connection): void;
  /**
   * The connection is gone. `failure` is why, unless it ended as it should: because its owner or the
   * caller was done with it, or the server no longer keeps it and nobody was using it, as far as it could know: the
   * next call may have been on its way. That call fails all the same.
   */
  connectionClosed(connection: Connection, failure: unknown): void;
}
