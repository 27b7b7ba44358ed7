import type { Duplex } from "node:stream";
import type { Fields } from "../../wire/http/fields.js";
import type { HttpResponse } from "../../wire/http/message.js";
import type { DispatchController, DispatchFields, DispatchHandler } from "./handler.js";

/** A call under way, in the hands of whoever hears of it. */
export interface Steering extends DispatchController {
  rawHeaders: Buffer[] | null;
  rawTrailers: Buffer[] | null;
}

/** A handler of either kind, spoken to in one way. What it throws ends the call. */
export interface Hearer {
  started(call: Steering): void;
  upgraded(call: Steering, response: HttpResponse, socket: Duplex): void;
  answered(call: Steering, response: HttpResponse): void;
  data(call: Steering, chunk: Buffer): void;
  ended(call: Steering, trailers: Fields | undefined): void;
  failed(call: Steering, error: Error): void;
}

/** Finds out of which kind a handler is. */
export function hearerOf(handler: DispatchHandler): Hearer {
  return typeof handler.onRequestStart === "function"
    ? new ControlledHearer(handler)
    : new LegacyHearer(handler);
}

class ControlledHearer implements Hearer {
  readonly #handler: DispatchHandler;

  constructor(handler: DispatchHandler) {
    this.#handler = handler;
  }

  started(call: Steering): void {
    this.#handler.onRequestStart!(call, {});
  }

  upgraded(call: Steering, { status, fields }: HttpResponse, socket: Duplex): void {
    if (!this.#handler.onRequestUpgrade) throw new TypeError("the handler does not take an upgrade");
    call.rawHeaders = rawOf(fields);
    this.#handler.onRequestUpgrade(call, status, objectOf(fields), socket);
  }

  answered(call: Steering, { status, reason, fields }: HttpResponse): void {
    call.rawHeaders = rawOf(fields);
    this.#handler.onResponseStart?.(call, status, objectOf(fields), reason);
  }

  data(call: Steering, chunk: Buffer): void {
    this.#handler.onResponseData?.(call, chunk);
  }

  ended(call: Steering, trailers: Fields | undefined): void {
    call.rawTrailers = trailers ? rawOf(trailers) : [];
    this.#handler.onResponseEnd?.(call, trailers ? objectOf(trailers) : {});
  }

  failed(call: Steering, error: Error): void {
    this.#handler.onResponseError?.(call, error);
  }
}

class LegacyHearer implements Hearer {
  readonly #handler: DispatchHandler;

  constructor(handler: DispatchHandler) {
    this.#handler = handler;
  }

  started(call: Steering): void {
    this.#handler.onConnect?.((reason) => call.abort(reason ?? new Error("the request was aborted")), null);
  }

  upgraded(_call: Steering, { status, fields }: HttpResponse, socket: Duplex): void {
    if (!this.#handler.onUpgrade) throw new TypeError("the handler does not take an upgrade");
    this.#handler.onUpgrade(status, rawOf(fields), socket);
  }

  answered(call: Steering, { status, reason, fields }: HttpResponse): void {
    this.#handler.onResponseStarted?.();
    const goOn = this.#handler.onHeaders?.(status, rawOf(fields), () => call.resume(), reason);
    if (goOn === false) call.pause();
  }

  data(call: Steering, chunk: Buffer): void {
    if (this.#handler.onData?.(chunk) === false) call.pause();
  }

  ended(_call: Steering, trailers: Fields | undefined): void {
    // Older handlers say that these are texts, and are given buffers by undici all the same.
    this.#handler.onComplete?.((trailers ? rawOf(trailers) : []) as unknown as string[]);
  }

  failed(_call: Steering, error: Error): void {
    this.#handler.onError?.(error);
  }
}

function rawOf(fields: Fields): Buffer[] {
  const raw: Buffer[] = [];
  for (const [name, value] of fields) raw.push(Buffer.from(name, "latin1"), Buffer.from(value, "latin1"));
  return raw;
}

function objectOf(fields: Fields): DispatchFields {
  const object: DispatchFields = {};
  for (let at = 0; at < fields.size; at++) {
    const name = fields.nameAt(at).toLowerCase();
    const value = fields.valueAt(at);
    const before = Object.hasOwn(object, name) ? object[name] : undefined;
    if (before === undefined) define(object, name, value);
    else if (typeof before === "string") object[name] = [before, value];
    else before.push(value);
  }
  return object;
}

/** A server may name a field `__proto__`. */
function define(object: DispatchFields, name: string, value: string): void {
  if (name === "__proto__")
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  else object[name] = value;
}
