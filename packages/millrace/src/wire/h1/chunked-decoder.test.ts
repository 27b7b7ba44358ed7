import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { lines } from "../proof/server-side.js";
import { ChunkedDecoder } from "./chunked-decoder.js";
import { messageLimits } from "./limits.js";
import { ProtocolError } from "./protocol-error.js";

const limits = messageLimits();
const token = fc.string({ unit: fc.constantFrom(..."abcXYZ019-_.~!#$%&'*+^`|"), minLength: 1, maxLength: 6 });
const quoted = fc
  .string({ unit: fc.constantFrom(..."ab ;=,\t(){}\xe9"), maxLength: 6 })
  .map((text) => `"${text}"`);
const extension = fc
  .tuple(token, fc.option(fc.oneof(token, quoted)))
  .map(([name, value]) => (value === null ? `;${name}` : `;${name}=${value}`));
const extensions = fc.array(extension, { maxLength: 3 }).map((all) => all.join(""));
const trailers = fc.array(fc.tuple(token, token), { maxLength: 3 });
const content = fc.array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 300 }), extensions), {
  maxLength: 6,
});
const splits = fc.infiniteStream(fc.integer({ min: 1, max: 40 }));

describe("ChunkedDecoder", () => {
  it("gives back what was encoded, with any extensions, in any pieces", () => {
    fc.assert(
      fc.property(content, extensions, trailers, splits, (chunks, lastExtensions, fields, sizes) => {
        const coded = Buffer.concat([
          ...chunks.map(([data, ext]) =>
            Buffer.concat([latin1(`${data.length.toString(16)}${ext}\r\n`), data, latin1("\r\n")]),
          ),
          latin1(
            `0${lastExtensions}\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`,
          ),
        ]);
        const { decoder, data, end } = decode(
          Buffer.concat([coded, latin1("next")]),
          () => sizes.next().value as number,
        );

        assert.equal(decoder.done, true);
        assert.equal(end, coded.length);
        assert.deepEqual(data, Buffer.concat(chunks.map(([bytes]) => bytes)));
        assert.deepEqual(
          decoder.trailers ? lines(decoder.trailers) : [],
          fields.map(([name, value]) => `${name}: ${value}`),
        );
      }),
    );
  });

  it("comes to the same end with any bytes, however they are split", () => {
    const bytes = fc.array(
      fc.oneof(
        fc.constantFrom(...'0123aF;="\r\n\\ \t:xX-'),
        fc.constantFrom("\r\n", "0\r\n", "\r\n\r\n", "5\r\nhello\r\n"),
      ),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(bytes, splits, (parts, sizes) => {
        const input = latin1(parts.join(""));
        assert.deepEqual(
          outcome(input, () => sizes.next().value as number),
          outcome(input, () => input.length + 1),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it("is never done before its end", () => {
    const coded = latin1("5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n");
    for (let cut = 0; cut < coded.length; cut++) {
      assert.equal(decode(coded.subarray(0, cut), () => 3).decoder.done, false, `after ${cut} bytes`);
    }
  });

  it("holds content to its limit before it comes", () => {
    const decoder = new ChunkedDecoder(messageLimits({ bodyBytes: 10 }));
    const input = latin1("6\r\nabcdef\r\n5\r\n");

    assert.throws(
      () => decoder.feed(input, 0, input.length, { content: () => undefined }),
      (error) => error instanceof ProtocolError && error.status === 413,
    );
  });
});

function decode(input: Buffer, size: () => number) {
  const decoder = new ChunkedDecoder(limits);
  const pieces: Buffer[] = [];
  const receiver = {
    content: (buffer: Buffer, start: number, end: number) =>
      void pieces.push(Buffer.from(buffer.subarray(start, end))),
  };
  let at = 0;
  while (at < input.length && !decoder.done) {
    const end = Math.min(input.length, at + size());
    // In a buffer of its own, so that nothing can look past its end.
    const piece = Buffer.from(input.subarray(at, end));
    at += decoder.feed(piece, 0, piece.length, receiver);
  }
  return { decoder, data: Buffer.concat(pieces), end: at };
}

function outcome(input: Buffer, size: () => number) {
  try {
    const { decoder, data, end } = decode(input, size);
    return { done: decoder.done, data: data.toString("latin1"), end: decoder.done ? end : input.length };
  } catch (error) {
    return (error as ProtocolError).rule;
  }
}

function latin1(text: string): Buffer {
  return Buffer.from(text, "latin1");
}
