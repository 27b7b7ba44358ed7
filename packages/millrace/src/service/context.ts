import { setMaxListeners } from "node:events";
import { abortedError } from "../base/errors.js";
import { follow, unfollow } from "../base/signal.js";
import type { DoneListener } from "./done.js";

/** Hears that a call was given up. An object, so that a hot path can be its own listener. */
export interface AbortListener {
  /** Called once, with the reason. Must not throw. */
  callAborted(reason: unknown): void;
}

/** Names an attachment of a {@link CallContext} and carries its type. */
export interface ContextKey<T> {
  /** What it is called in messages; tells no keys apart. */
  readonly description: string;
  /** Present in types only. */
  readonly valueType?: T;
}

/** Makes a key that equals no other. */
export function createContextKey<T>(description: string): ContextKey<T> {
  return { description };
}

/**
 * What travels with a call beside its request: who may end it, how long it is of use, which try it is.
 *
 * Cheap: nothing in it is made before someone asks for it.
 */
export interface CallContext {
  /** Aborts when the caller gives up. Made on first read: on hot paths prefer {@link onAbort}. */
  readonly signal: AbortSignal;
  /** Whether the caller has given up. */
  readonly aborted: boolean;
  /** Why the caller gave up; `undefined` while it has not. */
  readonly reason: unknown;
  /** Clock time in milliseconds after which an answer is of no more use; `Infinity` for none. */
  readonly deadline: number;
  /** Which try of the call this is, from 1. */
  readonly attempt: number;
  /**
   * The context the call began with: this one, unless it derives from another of the same call. What is attached
   * there is seen by every attempt of the call, earlier ones included.
   */
  readonly origin: CallContext;

  /** Calls `listener` when the caller gives up; at once if it already has. */
  onAbort(listener: AbortListener): void;
  /** Takes back {@link onAbort}. */
  offAbort(listener: AbortListener): void;

  /** The attachment under `key`: one set here, or by whoever this context derives from. */
  get<T>(key: ContextKey<T>): T | undefined;
  /** Attaches `value` to this call, seen by all who hold this context or one derived from it later. */
  set<T>(key: ContextKey<T>, value: T): void;
}

/** What is particular about a context that is made. */
export interface ContextOptions {
  /**
   * Clock time in milliseconds after which an answer is of no more use.
   * @defaultValue the parent's, or `Infinity`
   */
  readonly deadline?: number | undefined;
  /**
   * Which try of the call this is, from 1.
   * @defaultValue the parent's, or 1
   */
  readonly attempt?: number | undefined;
  /** A signal that ends the call when it aborts. Let go of by {@link CallControl.release}. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether a call of its own begins here, which is made for that of the parent: its attempts are counted from 1
   * again, and it is its own {@link CallContext.origin}. It still ends with its parent, and sees its attachments.
   * @defaultValue false
   */
  readonly beginsCall?: boolean | undefined;
}

/**
 * A call context in the hands of whoever started the call, and who may therefore end it.
 *
 * One made with a parent follows it: {@link release} it when the call is over, or the parent holds it
 * for as long as it lives itself.
 */
export class CallControl implements CallContext, AbortListener, DoneListener {
  readonly #parent: CallContext | undefined;
  readonly #origin: CallContext;
  #outer: AbortSignal | undefined;
  #deadline: number;
  #attempt: number;
  #aborted = false;
  #reason: unknown;
  #controller: AbortController | undefined;
  #first: AbortListener | undefined;
  #others: Set<AbortListener> | undefined;
  #attachments: Attachment | undefined;

  constructor(options: ContextOptions = noOptions, parent?: CallContext) {
    this.#parent = parent;
    const continued = options.beginsCall === true ? undefined : parent;
    this.#origin = continued ? continued.origin : this;
    this.#deadline = options.deadline ?? parent?.deadline ?? Infinity;
    this.#attempt = options.attempt ?? continued?.attempt ?? 1;
    if (options.signal) this.#follow(options.signal);
    parent?.onAbort(this);
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      // A call that fans out is no leak.
      setMaxListeners(0, this.#controller.signal);
      if (this.#aborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  get deadline(): number {
    return this.#deadline;
  }

  get attempt(): number {
    return this.#attempt;
  }

  get origin(): CallContext {
    return this.#origin;
  }

  /** Ends the call. Later reasons are ignored. */
  abort(reason: unknown = abortedError()): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    const first = this.#first;
    this.#first = undefined;
    first?.callAborted(reason);
    // A listener may take back another one while this goes on: that one is not called any more.
    if (this.#others) for (const listener of this.#others) listener.callAborted(reason);
    this.#others = undefined;
    this.#controller?.abort(reason);
  }

  onAbort(listener: AbortListener): void {
    if (this.#aborted) listener.callAborted(this.#reason);
    else if (this.#first === undefined) this.#first = listener;
    else (this.#others ??= new Set()).add(listener);
  }

  offAbort(listener: AbortListener): void {
    if (this.#first === listener) this.#first = undefined;
    else this.#others?.delete(listener);
  }

  get<T>(key: ContextKey<T>): T | undefined {
    const own = this.#find(key);
    return own ? (own.value as T) : this.#parent?.get(key);
  }

  set<T>(key: ContextKey<T>, value: T): void {
    const own = this.#find(key);
    if (own) own.value = value;
    else this.#attachments = { key, value, next: this.#attachments };
  }

  /** Stops following the parent and the outer signal. Idempotent. */
  release(): void {
    this.#parent?.offAbort(this);
    if (this.#outer) unfollow(this.#outer, this);
    this.#outer = undefined;
  }

  /** @internal Follows the parent, and the outer signal. */
  callAborted(reason: unknown): void {
    this.abort(reason);
  }

  /** @internal Releases: a control can itself wait for the end of its call. */
  callDone(): void {
    this.release();
  }

  #find(key: ContextKey<unknown>): Attachment | undefined {
    let attachment = this.#attachments;
    while (attachment && attachment.key !== key) attachment = attachment.next;
    return attachment;
  }

  #follow(signal: AbortSignal): void {
    if (signal.aborted) {
      this.abort(signal.reason);
      return;
    }
    this.#outer = signal;
    follow(signal, this);
  }
}

/** A chain rather than a map: calls carry few attachments, most of them none. */
interface Attachment {
  readonly key: ContextKey<unknown>;
  value: unknown;
  readonly next: Attachment | undefined;
}

const noOptions: ContextOptions = {};

/** Makes the context of a new call. */
export function createContext(options?: ContextOptions): CallControl {
  return new CallControl(options);
}

/**
 * Makes a context that follows `parent` and differs from it in `options`; of the same call, unless they say that
 * another begins. Release it when done.
 */
export function deriveContext(parent: CallContext, options?: ContextOptions): CallControl {
  return new CallControl(options, parent);
}
