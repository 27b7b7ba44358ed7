import type { StreamBody } from "../wire/http/body.js";

/**
 * Makes a stream of content that nothing comes from, but for what `parts` say: one that counts its `cancel`, is `done`, or
 * fails whoever reads it. It is not to be read chunk by chunk.
 */
export function stubBody(parts: Partial<StreamBody> = {}): StreamBody {
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
