/** Who the other end of a stream is. */
export interface Peer {
  /** IP address; empty for a unix socket. */
  readonly address: string;
  /** Port; 0 for a unix socket. */
  readonly port: number;
  /** Port on this side; 0 for a unix socket. */
  readonly localPort: number;
  /** Address on this side. */
  readonly localAddress: string;
  /** Whether the bytes travel inside TLS. */
  readonly encrypted: boolean;
  /** Application protocol that TLS agreed on (ALPN): `http/1.1`, `h2`. Absent when none was. */
  readonly alpn?: string | undefined;
}

/** Hears what happens on a {@link ByteStream}. */
export interface ByteReceiver {
  /**
   * Bytes have arrived: the first `length` of `buffer`. They are there only until this returns, unless
   * the stream {@link ByteStream.holdBuffer | holds its buffer} and is paused.
   */
  received(buffer: Buffer, length: number): void;
  /** The peer will send nothing more; it may still read. */
  ended(): void;
  /** Everything written has left this process, and some of it was written with `notify`. */
  flushed(): void;
  /** The stream is gone, both ways. With the error, if one ended it. */
  closed(error: Error | undefined): void;
}

/**
 * A connection as bytes both ways, with nothing between the engine and the socket that costs time.
 *
 * One receiver at a time; it can be replaced, which is how a connection becomes a tunnel.
 */
export interface ByteStream {
  /** Who is at the other end. */
  readonly peer: Peer;
  /** Bytes written that have not left this process. */
  readonly queued: number;
  /** Whether the stream is gone. */
  readonly destroyed: boolean;
  /** Calls `listener` once the stream is gone; at once if it is. */
  onClosed(listener: () => void): void;
  /** Makes `receiver` the one that hears. The first call starts reading. */
  attach(receiver: ByteReceiver): void;
  /** Writes text of one byte a character. With `notify`, the receiver hears when it is {@link ByteReceiver.flushed}. */
  writeText(latin1: string, notify?: boolean): void;
  /** Writes bytes, which must stay as they are until {@link queued} is 0 again. `notify` as above. */
  write(bytes: Uint8Array, notify?: boolean): void;
  /** Collects the writes that follow, to leave as one at {@link uncork}. */
  cork(): void;
  /** Sends what was collected. */
  uncork(): void;
  /** Stops reading; what the peer sends waits with the peer. */
  pause(): void;
  /** Reads again. */
  resume(): void;
  /**
   * From the next read on, reads into a buffer of this stream's own, whose bytes stay after `received`
   * returns for as long as the stream is paused. Before, all streams of the process share one buffer.
   */
  holdBuffer(): void;
  /** Goes back to the shared buffer. With `inUse`, somebody still needs the bytes received last. */
  releaseBuffer(inUse: boolean): void;
  /** Sends what is written, then tells the peer that nothing follows. Reading goes on. */
  end(): void;
  /**
   * Changes whether the stream keeps the process alive, as at first it does: one that serves a call does, one for
   * upkeep does not. Left out by streams that never do.
   */
  serve?(serves: "call" | "upkeep"): void;
  /** Drops the connection at once, both ways. With `reset`, the peer is told by a TCP reset. */
  destroy(reset?: boolean): void;
}
