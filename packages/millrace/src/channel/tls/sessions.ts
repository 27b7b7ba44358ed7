import type { SecureContext } from "node:tls";

interface KeptSession {
  readonly context: SecureContext;
  readonly session: Buffer;
}

/**
 * The last TLS session with each peer, so that the next connection needs no full handshake.
 *
 * A resumed session is not verified anew. It is therefore given out only for the context it was made
 * with: new certificates or authorities start over.
 */
export class SessionCache {
  readonly #kept = new Map<string, KeptSession>();
  readonly #maxPeers: number;

  constructor(maxPeers = 256) {
    this.#maxPeers = maxPeers;
  }

  /** How many peers there are sessions with. */
  get size(): number {
    return this.#kept.size;
  }

  /** The session to resume, if there is one. */
  find(peer: string, context: SecureContext): Buffer | undefined {
    const kept = this.#kept.get(peer);
    return kept?.context === context ? kept.session : undefined;
  }

  /** Keeps a session; the peer heard of longest ago makes room. */
  keep(peer: string, context: SecureContext, session: Buffer): void {
    this.#kept.delete(peer);
    this.#kept.set(peer, { context, session });
    if (this.#kept.size <= this.#maxPeers) return;
    for (const eldest of this.#kept.keys()) {
      this.#kept.delete(eldest);
      return;
    }
  }

  /** Forgets a session that may be what a handshake has failed by. */
  drop(peer: string): void {
    this.#kept.delete(peer);
  }
}
