import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { contentKind, mediaTypeOf } from "./media-type.js";

describe("contentKind", () => {
  const kinds: [string, string][] = [
    ["application/json", "json"],
    ["application/json;charset=utf-8", "json"],
    [" Application/Json ; a=b", "json"],
    ["application/json-seq", "text"],
    ["application/problem+json", "text"],
    ["application/octet-stream", "binary"],
    ["IMAGE/PNG", "binary"],
    ["audio/ogg; codecs=opus", "binary"],
    ["video/mp4", "binary"],
    ["application/pdf", "binary"],
    ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "binary"],
    ["text/plain; application/octet-stream", "text"],
    ["text/html", "text"],
    ["", "text"],
    [";", "text"],
  ];
  for (const [contentType, kind] of kinds) {
    it(`of ${JSON.stringify(contentType)} is ${kind}`, () => {
      assert.equal(contentKind(contentType), kind);
    });
  }

  it("is one of three, whatever the type", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (contentType) => {
        assert.ok(["json", "binary", "text"].includes(contentKind(contentType)));
      }),
    );
  });
});

describe("mediaTypeOf", () => {
  it("knows five, and no member of an object", () => {
    for (const other of ["", "application/JSON", "text/plain; a=b", "constructor"]) {
      assert.throws(() => mediaTypeOf(other), TypeError);
    }
    assert.equal(mediaTypeOf("text/plain"), "text/plain");
  });
});
