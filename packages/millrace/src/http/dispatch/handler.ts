import type { Duplex } from "node:stream";

/** What a handler of undici 7 and later does with a request under way. */
export interface DispatchController {
  /** Whether {@link abort} was called. */
  readonly aborted: boolean;
  /** Whether content is held back. */
  readonly paused: boolean;
  /** What {@link abort} was given. */
  readonly reason: Error | null;
  /** Names and values of the response by turns, as they came; null before. */
  readonly rawHeaders: Buffer[] | null;
  /** Names and values of the trailers by turns; null before, and without any. */
  readonly rawTrailers: Buffer[] | null;
  /** Ends the request; the handler hears of it as an error. */
  abort(reason: Error): void;
  /** Asks for no more content until {@link resume}. */
  pause(): void;
  /** Lets content flow again. */
  resume(): void;
}

/** Header or trailer fields as undici gives them: names in lower case, several values as a list. */
export type DispatchFields = Record<string, string | string[]>;

/**
 * Whoever a response is dispatched to. There are two ways to write one: that of undici 7 and later, and the older one
 * that the `fetch` of Node 20 to 24 still uses. One that has `onRequestStart` is taken for the newer.
 */
export interface DispatchHandler {
  /** The request begins; `controller` steers it. */
  onRequestStart?(controller: DispatchController, context: unknown): void;
  /** The server has switched protocols: `socket` is the handler's now. */
  onRequestUpgrade?(
    controller: DispatchController,
    status: number,
    headers: DispatchFields,
    socket: Duplex,
  ): void;
  /** The head came; interim ones are not told. */
  onResponseStart?(
    controller: DispatchController,
    status: number,
    headers: DispatchFields,
    reason?: string,
  ): void;
  /** Content came; more comes unless `controller` is paused. */
  onResponseData?(controller: DispatchController, chunk: Buffer): void;
  /** The response is whole. */
  onResponseEnd?(controller: DispatchController, trailers: DispatchFields): void;
  /** There is no response, or it broke off. */
  onResponseError?(controller: DispatchController, error: Error): void;

  /** The request begins; `abort` ends it. Older form. */
  onConnect?(abort: (reason?: Error) => void, context?: unknown): void;
  /** The server has switched protocols: `socket` is the handler's now. Older form. */
  onUpgrade?(status: number, headers: Buffer[] | string[] | null, socket: Duplex): void;
  /** The first byte of the response came. Older form. */
  onResponseStarted?(): void;
  /**
   * The head came, names and values by turns; interim ones are not told. False asks for no content until
   * `resume`. Older form.
   */
  onHeaders?(status: number, headers: Buffer[], resume: () => void, reason: string): boolean;
  /** Content came; false asks for none until `resume`. Older form. */
  onData?(chunk: Buffer): boolean;
  /** The response is whole. Older form. */
  onComplete?(trailers: string[] | null): void;
  /** There is no response, or it broke off. Older form. */
  onError?(error: Error): void;
  /** A piece of the request's content has left. Older form. */
  onBodySent?(chunk: unknown, totalBytesSent: number): void;
  /** The request has left as a whole. Older form. */
  onRequestSent?(): void;
}
