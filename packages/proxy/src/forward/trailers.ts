import { type BodySink, FieldId, Fields, PassedBody, type StreamBody } from "millrace/wire";
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

class FilteredBody extends PassedBody {
  readonly #names: ReadonlySet<string> | undefined;

  constructor(body: StreamBody, names: ReadonlySet<string> | undefined) {
    super(body);
    this.#names = names;
  }

  override get trailers(): Fields | undefined {
    return this.#filter(super.trailers);
  }

  override pipe(sink: BodySink): void {
    super.pipe({
      write: (chunk) => sink.write(chunk),
      end: (trailers) => sink.end(this.#filter(trailers)),
      fail: (error) => sink.fail(error),
    });
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
