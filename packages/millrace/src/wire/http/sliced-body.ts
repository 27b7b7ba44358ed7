import type { BytesBody } from "./body.js";
import { MadeBody } from "./made-body.js";

/** Content up to this many bytes leaves in one write. */
export const sliceBytes = 256 * 1024;

/** Content as it is, or as a {@link SlicedBody} where it is too large for one write. */
export function inSlices(body: BytesBody): BytesBody | SlicedBody {
  return body.length > sliceBytes ? new SlicedBody(body) : body;
}

/**
 * Whole content as a stream of slices, each taken when the one before has left. What a socket tells of
 * a write is that all of it has left: of one large write nobody could tell a slow peer from a stuck one.
 */
export class SlicedBody extends MadeBody {
  readonly length: number;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(body: BytesBody) {
    super();
    this.#bytes = body.bytes;
    this.length = body.length;
  }

  resume(): void {
    const { sink } = this;
    if (!sink) return;
    while (this.#at < this.length && !this.done) {
      const slice = this.#bytes.subarray(this.#at, this.#at + sliceBytes);
      this.#at += slice.length;
      if (!sink.write(slice)) return;
    }
    this.complete();
  }

  protected begin(): void {
    this.resume();
  }

  protected givenUp(): void {}
}
