import type { Fields } from "../../wire/http/fields.js";

/** What the fields of a request go by, beside its endpoint. */
export interface RequestKind {
  /** Whether its content is JSON; it has none otherwise. */
  readonly hasJson: boolean;
  /** Whether it says that it would be tried again if it failed. */
  readonly canRetry: boolean;
}

/**
 * The fields of requests to one endpoint that have none of their own. They are made once for each kind and
 * shared by all calls: nobody may change them.
 */
export class ReadyFields {
  readonly #make: (kind: RequestKind) => Fields;
  readonly #made: (Fields | undefined)[] = [undefined, undefined, undefined, undefined];

  constructor(make: (kind: RequestKind) => Fields) {
    this.#make = make;
  }

  /** The fields of requests of that kind. */
  of(kind: RequestKind): Fields {
    const at = (kind.hasJson ? 2 : 0) + (kind.canRetry ? 1 : 0);
    const fields = this.#made[at] ?? this.#make(kind);
    this.#made[at] = fields;
    return fields;
  }
}
