import { type BodySink, FieldId, Fields, type StreamBody } from "millrace/wire";
import { isNominated } from "./hop-by-hop.js";
import { isSpoof } from "./spoof.js";

/**
 * A body with only those trailers that cannot be mistaken for what belongs into a head (RFC 9110 §6.5.1):
 * none that frames, routes, authorises or describes, nor any that its sender's `Connection` names.
 */
export function withSafeTrailers(body: StreamBody, nominated: ReadonlySet<string> | undefined): StreamBody {
  return new FilteredBody(body, nominated);
}

/** Names that no number of {@link FieldId} stands for, and that change what a request means all the same. */
const headOnly = /^(?:content-|if-|range$|cache-control$|pragma$|x-forwarded-)/i;

class FilteredBody implements StreamBody {
  readonly kind = "stream";
  readonly length: number | undefined;
  readonly #body: StreamBody;
  readonly #names: ReadonlySet<string> | undefined;

  constructor(body: StreamBody, names: ReadonlySet<string> | undefined) {
    this.#body = body;
    this.#names = names;
    this.length = body.length;
  }

  get trailers(): Fields | undefined {
    return this.#filter(this.#body.trailers);
  }

  get done(): boolean {
    return this.#body.done;
  }

  pipe(sink: BodySink): void {
    this.#body.pipe({
      write: (chunk) => sink.write(chunk),
      end: (trailers) => sink.end(this.#filter(trailers)),
      fail: (error) => sink.fail(error),
    });
  }

  resume(): void {
    this.#body.resume();
  }

  cancel(reason?: unknown): void {
    this.#body.cancel(reason);
  }

  onDone(listener: (error: Error | undefined) => void): void {
    this.#body.onDone(listener);
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.#body[Symbol.asyncIterator]();
  }

  #filter(trailers: Fields | undefined): Fields | undefined {
    if (!trailers) return undefined;
    const kept = new Fields();
    for (let at = 0; at < trailers.size; at++) {
      const name = trailers.nameAt(at);
      if (trailers.idAt(at) !== FieldId.other || headOnly.test(name) || isSpoof(name)) continue;
      if (this.#names !== undefined && isNominated(trailers, at, this.#names)) continue;
      kept.push(FieldId.other, name, trailers.valueAt(at));
    }
    return kept.size > 0 ? kept : undefined;
  }
}
