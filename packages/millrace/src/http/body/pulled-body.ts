import { MadeBody } from "../../wire/http/made-body.js";
import { asBytes } from "./chunk.js";

/** Where chunks are pulled from: an async iterator whose `return` hears why it is left. */
export interface ChunkSource {
  next(): Promise<IteratorResult<unknown, unknown>>;
  return?(reason?: unknown): Promise<unknown>;
}

/** Chunks taken in a row before everything else gets a turn: a source that is always ready would starve it. */
const longestBurst = 16;

/**
 * Content pulled from a source, one chunk when the reader wants one. Nothing is asked of the source
 * before there is a reader, and it is told when the reader leaves.
 */
export class PulledBody extends MadeBody {
  readonly length: number | undefined;
  readonly #open: () => ChunkSource;
  #source: ChunkSource | undefined;
  #pulling = false;
  #burst = 0;

  /** `open` is called when the content is first wanted, or given up. `length` where it is known. */
  constructor(open: () => ChunkSource, length?: number) {
    super();
    this.#open = open;
    this.length = length;
  }

  /** The same content, before anybody reads it, with its length told. */
  withLength(length: number): PulledBody {
    return new PulledBody(this.#open, length);
  }

  resume(): void {
    if (this.#source) this.#pull();
  }

  protected begin(): void {
    try {
      this.#source = this.#open();
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#pull();
  }

  protected givenUp(reason: unknown): void {
    try {
      this.#source ??= this.#open();
      this.#leave(reason);
    } catch {
      // A source that cannot be opened needs no closing.
    }
  }

  #pull(): void {
    if (this.#pulling || this.done) return;
    this.#pulling = true;
    this.#source!.next().then(this.#onResult, this.#onFailure);
  }

  readonly #onResult = (result: IteratorResult<unknown, unknown>) => {
    this.#pulling = false;
    if (this.done) return;
    if (result.done) {
      this.complete();
      return;
    }
    let chunk: Uint8Array;
    try {
      chunk = asBytes(result.value);
    } catch (error) {
      this.#leave(error);
      this.#fail(error);
      return;
    }
    if (!this.sink!.write(chunk)) this.#burst = 0;
    else if (++this.#burst < longestBurst) this.#pull();
    else setImmediate(this.#afterBurst);
  };

  readonly #afterBurst = () => {
    this.#burst = 0;
    this.#pull();
  };

  readonly #onFailure = (error: unknown) => {
    this.#pulling = false;
    this.#fail(error);
  };

  /** Whoever makes the chunks may fail to stop: the call is over all the same. */
  #leave(reason: unknown): void {
    this.#source!.return?.(reason)?.catch(() => {});
  }

  #fail(reason: unknown): void {
    this.breakOff(
      reason instanceof Error ? reason : new TypeError("the source of a body failed", { cause: reason }),
    );
  }
}
