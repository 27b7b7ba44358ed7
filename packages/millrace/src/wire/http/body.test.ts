import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { BytesBody } from "./body.js";

describe("BytesBody", () => {
  it("is text in UTF-8, however it was made", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 40 });
    fc.assert(
      fc.property(text, fc.constantFrom(1, 60), (piece, times) => {
        const whole = piece.repeat(times);
        const bytes = Buffer.from(whole, "utf8");

        for (const body of [
          BytesBody.ofText(whole),
          BytesBody.of(bytes),
          BytesBody.ofLatin1(bytes.toString("latin1")),
        ]) {
          assert.equal(body.text(), whole);
          assert.equal(body.length, bytes.length);
          assert.equal(body.latin1, bytes.toString("latin1"));
          assert.deepEqual(Buffer.from(body.bytes), bytes);
        }
      }),
    );
  });
});
