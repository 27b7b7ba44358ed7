import type { Duplex } from "node:stream";

/** What a handler of undici 7 and later does with a request under way. */
export interface DispatchController {
  readonly aborted: boolean;
  readonly paused: boolean;
  readonly reason: Error | null;
  readonly rawHeaders: Buffer[] | null;
  readonly rawTrailers: Buffer[] | null;
  abort(reason: Error): void;
  pause(): void;
  resume(): void;
}

/** Header or trailer fields as undici gives them: names in lower case, several values as a list. */
export type DispatchFields = Record<string, string | string[]>;

/**
 * Whoever a response is dispatched to. There are two ways to write one: that of undici 7 and later, and the older one
 * that the `fetch` of Node 20 to 24 still uses. One that has `onRequestStart` is taken for the newer.
 */
export interface DispatchHandler {
  onRequestStart?(controller: DispatchController, context: unknown): void;
  onRequestUpgrade?(
    controller: DispatchController,
    status: number,
    headers: DispatchFields,
    socket: Duplex,
  ): void;
  onResponseStart?(
    controller: DispatchController,
    status: number,
    headers: DispatchFields,
    reason?: string,
  ): void;
  onResponseData?(controller: DispatchController, chunk: Buffer): void;
  onResponseEnd?(controller: DispatchController, trailers: DispatchFields): void;
  onResponseError?(controller: DispatchController, error: Error): void;

  onConnect?(abort: (reason?: Error) => void, context?: unknown): void;
  onUpgrade?(status: number, headers: Buffer[] | string[] | null, socket: Duplex): void;
  onResponseStarted?(): void;
  onHeaders?(status: number, headers: Buffer[], resume: () => void, reason: string): boolean;
  onData?(chunk: Buffer): boolean;
  onComplete?(trailers: string[] | null): void;
  onError?(error: Error): void;
  onBodySent?(chunk: unknown, totalBytesSent: number): void;
  onRequestSent?(): void;
}
