import type { StreamBody } from "../http/body.js";

/** A stream of content that nothing comes from, but for what `parts` say. Not to be read chunk by chunk. */
export function streamBody(parts: Partial<StreamBody> = {}): StreamBody {
  return {
    kind: "stream",
    length: undefined,
    trailers: undefined,
    done: false,
    pipe: () => {},
    resume: () => {},
    cancel: () => {},
    onDone: () => {},
    [Symbol.asyncIterator]: () => {
      throw new Error("not for reading");
    },
    ...parts,
  };
}
