import { type BodySink, Fields, type StreamBody } from "millrace/wire";
import { isHopByHop, isNominated } from "./hop-by-hop.js";

/** A body without those trailers that its sender's `Connection` names (RFC 9110 §7.6.1). */
export function withoutTrailers(body: StreamBody, names: ReadonlySet<string>): StreamBody {
  return new FilteredBody(body, names);
}

class FilteredBody implements StreamBody {
  readonly kind = "stream";
  readonly length: number | undefined;
  readonly #body: StreamBody;
  readonly #names: ReadonlySet<string>;

  constructor(body: StreamBody, names: ReadonlySet<string>) {
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
      const id = trailers.idAt(at);
      if (isHopByHop(id) || isNominated(trailers, at, this.#names)) continue;
      kept.push(id, trailers.nameAt(at), trailers.valueAt(at));
    }
    return kept.size > 0 ? kept : undefined;
  }
}
