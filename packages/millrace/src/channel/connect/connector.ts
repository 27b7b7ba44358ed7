import type { ByteStream } from "../../wire/stream/byte-stream.js";

/** Makes connections to one place. */
export interface Connector {
  /** Where to, for messages and metrics: `127.0.0.1:8080`. */
  readonly target: string;
  /** Whether the connections it makes are encrypted. */
  readonly encrypted: boolean;
  /**
   * Makes one connection, ready for the first byte.
   *
   * @throws MillraceError `connect-failed` when it cannot be made, `timeout` (phase `connect`) when that
   * takes too long; both `unsent`. The signal's reason when that aborts first
   */
  connect(signal?: AbortSignal): Promise<ByteStream>;
}
