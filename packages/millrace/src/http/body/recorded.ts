import { type Body, BytesBody } from "../../wire/http/body.js";
import type { ChunkSource } from "./pulled-body.js";

/** Content of up to this many bytes is kept while it is sent. */
const mostKept = 1024 * 1024;

/** A source that keeps what comes from it, for content that may have to be sent again and cannot be made again. */
export class RecordedSource implements ChunkSource {
  readonly #source: ChunkSource;
  #kept: Uint8Array[] | undefined = [];
  #length = 0;
  #whole = false;

  constructor(source: ChunkSource) {
    this.#source = source;
  }

  next(): Promise<IteratorResult<unknown, unknown>> {
    return this.#source.next().then(this.#note);
  }

  return(reason?: unknown): Promise<unknown> {
    return this.#source.return?.(reason) ?? Promise.resolve();
  }

  /** All of it once more; undefined when it has not been read to its end, or was too long to keep. */
  again(): Body | undefined {
    return this.#whole && this.#kept ? BytesBody.of(Buffer.concat(this.#kept, this.#length)) : undefined;
  }

  readonly #note = (result: IteratorResult<unknown, unknown>) => {
    if (result.done) this.#whole = true;
    else if (this.#kept) this.#keep(result.value);
    return result;
  };

  #keep(chunk: unknown): void {
    const isBytes = chunk instanceof Uint8Array;
    if (isBytes) this.#length += chunk.length;
    // Whoever made the chunk may write to it again.
    if (isBytes && this.#length <= mostKept) this.#kept!.push(Buffer.from(chunk));
    else this.#kept = undefined;
  }
}
