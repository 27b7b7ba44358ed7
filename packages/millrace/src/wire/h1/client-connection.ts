import { closedError } from "../../base/errors.js";
import { WaitLine } from "../../base/wait-line.js";
import type { CallContext } from "../../service/context.js";
import type { Service } from "../../service/service.js";
import type { HttpRequest, HttpResponse } from "../http/message.js";
import type { ByteReceiver, ByteStream } from "../stream/byte-stream.js";
import { type CallHost, CallRunner } from "./call-runner.js";
import { connectionLost } from "./client-errors.js";
import type { ClientSettings } from "./client-settings.js";
import type { ConnectionOwner } from "./connection-owner.js";
import { ProtocolError } from "./protocol-error.js";

/** What a connection is doing. */
type State = "idle" | "calling" | "upgraded" | "closed";

/**
 * One HTTP/1.1 connection to a server (RFC 9112): a service that makes one call at a time.
 *
 * Bytes that come without a call having asked for them close it, so that nobody's response is ever
 * taken for another's.
 */
export class ClientConnection implements Service<HttpRequest, HttpResponse>, ByteReceiver, CallHost {
  /** Whether a call was ever made on it. */
  used = false;
  readonly #stream: ByteStream;
  readonly #owner: ConnectionOwner<ClientConnection> | undefined;
  readonly #line = new WaitLine();
  readonly #calls: CallRunner;
  readonly #idleKeepsAlive: boolean;
  #state: State = "idle";
  #failure: unknown;
  #endedBy: "peer" | "caller" | undefined;
  #retired = false;
  #answered = false;

  /** Takes `stream` over, which is connected, and tells `owner` how it fares. */
  constructor(stream: ByteStream, settings: ClientSettings, owner?: ConnectionOwner<ClientConnection>) {
    this.#stream = stream;
    this.#owner = owner;
    this.#calls = new CallRunner(stream, settings, this);
    this.#idleKeepsAlive = settings.idleKeepsAlive;
    this.#serve("upkeep");
    stream.attach(this);
  }

  get ready(): boolean {
    return this.#state === "idle" && !this.#retired && this.#line.length === 0;
  }

  /** How long the server says it keeps an idle connection, in milliseconds. */
  get idleLimitMs(): number | undefined {
    return this.#calls.idleLimitMs;
  }

  whenReady(signal?: AbortSignal): Promise<void> {
    if (this.#state === "closed" || this.#retired) return Promise.reject(closedError("the connection"));
    return this.ready ? Promise.resolve() : this.#line.join(signal).then(() => void this.#line.releaseOne());
  }

  call(request: HttpRequest, context: CallContext): Promise<HttpResponse> {
    if (this.#state === "closed" || this.#retired) return Promise.reject(closedError("the connection"));
    if (this.#state !== "idle")
      return this.#line.join(context.signal).then(() => this.call(request, context));
    if (context.aborted) return Promise.reject(context.reason as Error);
    this.#state = "calling";
    this.used = true;
    this.#serve("call");
    try {
      return this.#calls.call(request, context);
    } catch (error) {
      this.#state = "idle";
      this.#serve("upkeep");
      return Promise.reject(error as Error);
    }
  }

  /** Takes no more calls, and closes when the one in progress is over. */
  retire(): void {
    this.#retired = true;
    if (this.#state === "idle") this.#stream.destroy();
  }

  /** Drops the connection; a call in progress fails. */
  destroy(): void {
    this.#retired = true;
    this.#stream.destroy();
  }

  received(buffer: Buffer, length: number): void {
    switch (this.#state) {
      case "calling":
        this.#calls.received(buffer, length);
        break;
      case "idle":
        this.callFailed(
          new ProtocolError("unsolicited", 502, "bytes from the server that no call asked for"),
        );
        this.#stream.destroy();
        break;
      case "upgraded":
      case "closed":
        break;
    }
  }

  ended(): void {
    this.#retired = true;
    this.#endedBy ??= "peer";
    if (this.#state === "calling") this.#calls.ended();
    else this.#stream.destroy();
  }

  flushed(): void {
    this.#calls.flushed();
  }

  closed(error: Error | undefined): void {
    if (this.#state === "closed") return;
    const state = this.#state;
    const outran = state === "calling" && this.#outran;
    this.#state = "closed";
    const cause = this.#failure ?? connectionLost(error);
    this.#calls.closed(cause);
    this.#line.rejectAll(closedError("the connection"));
    const cutShort = error ?? this.#failure ?? (state === "idle" ? undefined : this.#endedBy);
    const isFailure = cutShort !== undefined && this.#endedBy !== "caller" && !outran;
    const failure = isFailure ? cause : undefined;
    if (state !== "upgraded") this.#owner?.connectionClosed(this, failure);
  }

  /** @internal */
  callOver(reusable: boolean): void {
    this.#state = "idle";
    this.#answered = true;
    if (!reusable || this.#retired || this.#stream.destroyed) {
      this.#retired = true;
      this.#stream.destroy();
      return;
    }
    this.#serve("upkeep");
    this.#owner?.connectionIdle(this);
    if (this.#state === "idle") this.#line.releaseOne();
  }

  /** @internal */
  callUpgraded(): void {
    this.#state = "upgraded";
    this.#owner?.connectionClosed(this, undefined);
  }

  /** @internal */
  callFailed(error: unknown, by?: "caller"): void {
    if (this.#state === "closed") return;
    if (by) this.#endedBy = by;
    this.#failure ??= error;
    this.#retired = true;
  }

  /** Whether a server that closes the connection now may have done so before it knew of the call. */
  get #outran(): boolean {
    return this.#answered && this.#failure === undefined && this.#calls.unanswered;
  }

  #serve(serves: "call" | "upkeep"): void {
    if (!this.#idleKeepsAlive) this.#stream.serve?.(serves);
  }
}
