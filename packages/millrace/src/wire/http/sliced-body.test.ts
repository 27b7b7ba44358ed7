import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BytesBody, readAll } from "./body.js";
import { SlicedBody, sliceBytes } from "./sliced-body.js";

describe("SlicedBody", () => {
  it("is the whole content, in slices, each when the one before has been taken", () => {
    const { body, content, sink, chunks } = setup(2 * sliceBytes + 5);
    body.pipe(sink);
    assert.deepEqual(
      chunks.map(({ length }) => length),
      [sliceBytes],
    );
    body.resume();
    body.resume();
    assert.deepEqual([sink.ended, body.done], [false, false]);
    body.resume();

    assert.deepEqual([sink.ended, body.done], [true, true]);
    assert.deepEqual(Buffer.concat(chunks), content);
  });

  it("can be read in a loop", async () => {
    const { body, content } = setup(3 * sliceBytes);

    assert.deepEqual(Buffer.from(await readAll(body)), content);
  });

  it("ends when it is given up, and says so", () => {
    const { body, sink, chunks } = setup(3 * sliceBytes);
    const ends: (Error | undefined)[] = [];
    body.onDone((error) => ends.push(error));
    body.pipe(sink);
    const reason = new Error("enough");
    body.cancel(reason);
    body.resume();

    assert.equal(chunks.length, 1);
    assert.deepEqual(ends, [reason]);
    assert.throws(() => body.pipe(sink), TypeError);
  });
});

/** A sink that takes one chunk at a time. */
function setup(length: number) {
  const content = Buffer.alloc(length, "abcdefg");
  const chunks: Uint8Array[] = [];
  const sink = {
    ended: false,
    write: (chunk: Uint8Array) => {
      chunks.push(chunk);
      return false;
    },
    end: () => void (sink.ended = true),
    fail: () => assert.fail("it broke"),
  };
  return { body: new SlicedBody(BytesBody.of(content)), content, sink, chunks };
}
