import type { Clock } from "../../base/clock.js";
import { abortedError, MillraceError } from "../../base/errors.js";
import type { Sweeper } from "../../base/sweeper.js";
import { CallControl } from "../../service/context.js";
import type { Service } from "../../service/service.js";
import type { BodySink, StreamBody } from "../../wire/http/body.js";
import type { Fields } from "../../wire/http/fields.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import type { ByteStream } from "../../wire/stream/byte-stream.js";
import { joinStreams } from "../../wire/stream/tunnel.js";
import { ServiceSocket } from "../agent/service-socket.js";
import type { Hearer, Steering } from "./hearer.js";

/** What all calls of a dispatcher share. */
export interface DispatchSetting {
  readonly service: Service<HttpRequest, HttpResponse>;
  readonly clock: Clock;
  /** Watches tunnels. */
  readonly sweeper: Sweeper;
  /** Called when a call is over, however it ended. */
  readonly over: (call: DispatchCall) => void;
}

/** Limits of time that a dispatch came with, in milliseconds; 0 for none. */
export interface DispatchLimits {
  readonly headMs: number;
  readonly bodyMs: number;
}

/** One dispatch: a call whose response goes to a handler, at the handler's pace. */
export class DispatchCall implements Steering, BodySink {
  rawHeaders: Buffer[] | null = null;
  rawTrailers: Buffer[] | null = null;
  readonly #setting: DispatchSetting;
  readonly #hearer: Hearer;
  readonly #limits: DispatchLimits;
  readonly #context = new CallControl();
  #paused = false;
  #over = false;
  #ended = false;
  #body: StreamBody | undefined;
  #waiting: (() => void) | undefined;
  #timer: Disposable | undefined;

  constructor(setting: DispatchSetting, hearer: Hearer, limits: DispatchLimits) {
    this.#setting = setting;
    this.#hearer = hearer;
    this.#limits = limits;
  }

  get aborted(): boolean {
    return this.#context.aborted;
  }

  get paused(): boolean {
    return this.#paused;
  }

  get reason(): Error | null {
    return (this.#context.reason as Error | undefined) ?? null;
  }

  /** Ends the call; the handler is told. */
  abort(reason: Error): void {
    if (this.#over || this.#ended) return;
    this.#context.abort(reason);
    this.#fail(reason);
  }

  /** Lets nothing more come until {@link resume}. */
  pause(): void {
    this.#paused = true;
  }

  /** Goes on. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
    if (!this.#paused) this.#body?.resume();
  }

  /** Tells the handler that the call begins, and makes it. */
  run(request: HttpRequest): void {
    try {
      this.#hearer.started(this);
    } catch (error) {
      this.abort(asError(error));
    }
    if (this.#over) {
      if (request.body.kind === "stream") request.body.cancel(this.reason);
      return;
    }
    this.#arm(this.#limits.headMs, "head");
    this.#setting.service.call(request, this.#context).then(this.#onAnswer, (error: unknown) => {
      if (request.body.kind === "stream") request.body.cancel(error);
      this.#fail(asError(error));
    });
  }

  /** Fails before anything was sent. */
  refuse(error: Error): void {
    this.#fail(error);
  }

  /** @internal Takes the response's content. */
  write(chunk: Uint8Array): boolean {
    if (this.#over) return true;
    this.#arm(this.#limits.bodyMs, "body");
    this.#tell(() => this.#hearer.data(this, Buffer.from(chunk)));
    return !this.#paused;
  }

  /** @internal The response is whole. */
  end(trailers: Fields | undefined): void {
    if (this.#over) return;
    if (this.#paused) {
      this.#waiting = () => this.end(trailers);
      return;
    }
    // From here on there is nothing to abort; but one that throws instead of ending has failed.
    this.#ended = true;
    try {
      this.#hearer.ended(this, trailers);
    } catch (error) {
      this.#fail(asError(error));
      return;
    }
    this.#finish();
  }

  /** @internal The response broke off. */
  fail(error: Error): void {
    this.#fail(error);
  }

  readonly #onAnswer = (response: HttpResponse) => {
    if (this.#over) {
      if (response.body.kind === "stream") response.body.cancel();
      response.stream?.destroy();
      return;
    }
    if (response.stream) {
      this.#upgrade(response, response.stream);
      return;
    }
    this.#arm(this.#limits.bodyMs, "body");
    const { body } = response;
    if (body.kind === "stream") this.#body = body;
    this.#tell(() => this.#hearer.answered(this, response));
    if (this.#over) return;
    if (this.#paused) this.#waiting = () => this.#take(response);
    else this.#take(response);
  };

  #take({ body }: HttpResponse): void {
    if (body.kind === "stream") {
      body.pipe(this);
      return;
    }
    if (body.kind === "bytes") this.write(body.bytes);
    this.end(undefined);
  }

  #upgrade(response: HttpResponse, stream: ByteStream): void {
    const socket = new ServiceSocket({ encrypted: stream.peer.encrypted, clock: this.#setting.clock });
    const { sweeper } = this.#setting;
    joinStreams(socket.inner, stream, { sweeper, idleMs: Infinity, onClosed: () => {} });
    this.#finish();
    try {
      this.#hearer.upgraded(this, response, socket);
    } catch (error) {
      socket.destroy();
      this.#hearer.failed(this, asError(error));
    }
  }

  /** A handler that throws has its call ended, and is told why. */
  #tell(event: () => void): void {
    try {
      event();
    } catch (error) {
      this.abort(asError(error));
    }
  }

  #fail(error: Error): void {
    if (this.#over) return;
    this.#finish();
    if (this.#body && !this.#body.done) this.#body.cancel(error);
    this.#hearer.failed(this, error);
  }

  #finish(): void {
    this.#over = true;
    this.#waiting = undefined;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#setting.over(this);
  }

  #arm(limitMs: number, phase: "head" | "body"): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (limitMs === 0) return;
    this.#timer = this.#setting.clock.schedule(limitMs, () => {
      // Nothing comes because nobody takes it.
      if (phase === "body" && this.#paused) this.#arm(limitMs, phase);
      else this.abort(timedOut(phase, limitMs));
    });
  }
}

function timedOut(phase: "head" | "body", limitMs: number): MillraceError {
  const what = phase === "head" ? "no response" : "no more of a response";
  return new MillraceError(`${what} within ${limitMs} ms`, { code: "timeout", unsent: false, phase });
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : abortedError(reason);
}
