import type { Expirable, Sweeper } from "../../base/sweeper.js";
import type { ByteReceiver, ByteStream } from "./byte-stream.js";

/** How long a tunnel may be silent, and who hears of its end. */
export interface TunnelOptions {
  /** Watches the idle limit. */
  readonly sweeper: Sweeper;
  /** Longest time without a byte either way, in milliseconds; at most 60 seconds once one side has ended. */
  readonly idleMs: number;
  /** Called once, when both ways are closed. */
  readonly onClosed: (totals: TunnelTotals) => void;
}

/** How much went through a tunnel. */
export interface TunnelTotals {
  /** Bytes from the first stream to the second. */
  readonly forth: number;
  /** Bytes from the second stream to the first. */
  readonly back: number;
}

/** How long a tunnel may be silent once one side has said all it has to say, in milliseconds. */
const halfOpenMs = 60_000;

/** Joins two streams: what comes from one goes to the other, at the slower one's pace, half-close kept. */
export function joinStreams(one: ByteStream, other: ByteStream, options: TunnelOptions): Tunnel {
  return new Tunnel(one, other, options);
}

/** Two joined streams. */
export class Tunnel implements Expirable {
  expiresAt = Infinity;
  readonly #options: TunnelOptions;
  #idleMs: number;
  readonly #forth: Lane;
  readonly #back: Lane;
  #open = 2;

  constructor(one: ByteStream, other: ByteStream, options: TunnelOptions) {
    this.#options = options;
    this.#idleMs = options.idleMs;
    this.#touch();
    const moved = (half: boolean) => {
      if (half) this.#idleMs = Math.min(this.#idleMs, halfOpenMs);
      this.#touch();
    };
    const closed = () => this.#laneClosed();
    this.#forth = new Lane(one, other, moved, closed);
    this.#back = new Lane(other, one, moved, closed);
    this.#forth.opposite = this.#back;
    this.#back.opposite = this.#forth;
    options.sweeper.add(this);
    one.attach(this.#forth);
    other.attach(this.#back);
  }

  /** Drops both streams. */
  destroy(): void {
    this.#forth.destroy();
    this.#back.destroy();
  }

  expired(): void {
    this.expiresAt = Infinity;
    this.destroy();
  }

  #touch(): void {
    this.expiresAt = this.#options.sweeper.now + this.#idleMs;
  }

  #laneClosed(): void {
    if (--this.#open > 0) return;
    this.#options.sweeper.delete(this);
    this.#options.onClosed({ forth: this.#forth.bytes, back: this.#back.bytes });
  }
}

/** One direction: hears `from`, writes to `to`. */
class Lane implements ByteReceiver {
  bytes = 0;
  opposite!: Lane;
  readonly #from: ByteStream;
  readonly #to: ByteStream;
  readonly #moved: (half: boolean) => void;
  readonly #onClosed: () => void;
  #paused = false;
  /** Whether the other stream is gone, and its last bytes are on their way to this one. */
  #othersLast = false;

  constructor(from: ByteStream, to: ByteStream, moved: (half: boolean) => void, onClosed: () => void) {
    this.#from = from;
    this.#to = to;
    this.#moved = moved;
    this.#onClosed = onClosed;
    from.holdBuffer();
  }

  received(buffer: Buffer, length: number): void {
    this.#moved(false);
    this.bytes += length;
    // The first read may still be in the buffer that all streams share.
    const first = this.bytes === length;
    const chunk = buffer.subarray(0, length);
    this.#to.write(first ? Buffer.from(chunk) : chunk, true);
    if (this.#to.queued === 0) return;
    this.#paused = true;
    this.#from.pause();
  }

  ended(): void {
    this.#moved(true);
    this.#to.end();
  }

  /** What was written to `from`, by the opposite lane, has left. */
  flushed(): void {
    if (this.#othersLast) this.#from.destroy();
    else this.opposite.proceed();
  }

  proceed(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#moved(false);
    this.#from.resume();
  }

  closed(): void {
    this.#to.end();
    this.opposite.peerClosed();
    this.#onClosed();
  }

  /** The other stream is gone: what is on its way to this one may still leave, then it goes too. */
  peerClosed(): void {
    if (this.#from.destroyed) return;
    if (this.#from.queued === 0) this.#from.destroy();
    else {
      this.#othersLast = true;
      this.#from.resume();
    }
  }

  destroy(): void {
    this.#from.destroy();
  }
}
