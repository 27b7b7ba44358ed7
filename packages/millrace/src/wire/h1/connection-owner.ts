import type { ClientConnection } from "./client-connection.js";

/** Whoever keeps a connection and may use it again. */
export interface ConnectionOwner {
  /** The last call is over and the connection can take another. */
  connectionIdle(connection: ClientConnection): void;
  /**
   * The connection is gone. `failure` is why, unless it ended as it should: because its owner or the
   * caller was done with it, or the server no longer keeps it and nobody was using it.
   */
  connectionClosed(connection: ClientConnection, failure: unknown): void;
}
