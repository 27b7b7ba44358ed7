import type { BodySink, StreamBody } from "./body.js";
import { chunksOf } from "./body-reader.js";
import type { Fields } from "./fields.js";

/**
 * Content with other content behind it, which it passes on as it is: what a layer starts from that watches content,
 * or changes some of it.
 */
export class PassedBody implements StreamBody {
  readonly kind = "stream";
  /** The content behind this one. */
  protected readonly inner: StreamBody;

  constructor(inner: StreamBody) {
    this.inner = inner;
  }

  get length(): number | undefined {
    return this.inner.length;
  }

  get trailers(): Fields | undefined {
    return this.inner.trailers;
  }

  get done(): boolean {
    return this.inner.done;
  }

  pipe(sink: BodySink): void {
    this.inner.pipe(sink);
  }

  resume(): void {
    this.inner.resume();
  }

  cancel(reason?: unknown): void {
    this.inner.cancel(reason);
  }

  onDone(listener: (error: Error | undefined) => void): void {
    this.inner.onDone(listener);
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return chunksOf(this);
  }
}
