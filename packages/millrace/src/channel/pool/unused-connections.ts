import type { ClientConnection } from "../../wire/h1/client-connection.js";

/** A connection that nobody uses. */
export interface UnusedConnection {
  readonly connection: ClientConnection;
  /** Time of the sweeper at which it is no longer kept. */
  until: number;
  /** Time of the sweeper from which the server may close it; `Infinity` where it has not said. */
  readonly serverUntil: number;
}

/** The connections of a pool that nobody uses: the last used is used first, so that the rest run out of time. */
export class UnusedConnections {
  /** The earliest time at which one of them is no longer kept, or earlier. */
  expiresAt = Infinity;
  readonly #unused: UnusedConnection[] = [];

  get length(): number {
    return this.#unused.length;
  }

  /** Puts one in, for `keptMs` from `now` on. */
  push(connection: ClientConnection, now: number, keptMs: number): void {
    const hintMs = connection.idleLimitMs;
    // A second less than the server says, so that its close and our request do not cross.
    const serverMs = hintMs === undefined ? Infinity : Math.max(hintMs - 1_000, hintMs / 2);
    const until = now + Math.min(keptMs, serverMs);
    this.#unused.push({ connection, until, serverUntil: now + serverMs });
    if (until < this.expiresAt) this.expiresAt = until;
  }

  /** Takes the last used one out that still takes calls. */
  pop(): ClientConnection | undefined {
    for (let unused = this.#unused.pop(); unused; unused = this.#unused.pop()) {
      // One that is about to close may still be among them.
      if (unused.connection.ready) return unused.connection;
    }
    return undefined;
  }

  /** Takes `connection` out, if it is in. */
  delete(connection: ClientConnection): void {
    const at = this.#unused.findIndex((unused) => unused.connection === connection);
    if (at >= 0) this.#unused.splice(at, 1);
  }

  /** Those that are no longer kept as of `now`; whoever asks closes them, or moves their time. */
  expired(now: number): readonly UnusedConnection[] {
    return this.#unused.filter(({ until }) => until <= now);
  }

  /** Finds {@link expiresAt} anew. */
  replan(): void {
    this.expiresAt = Infinity;
    for (const { until, connection } of this.#unused) {
      if (connection.ready && until < this.expiresAt) this.expiresAt = until;
    }
  }
}
