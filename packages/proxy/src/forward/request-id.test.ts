import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createRequestIds, isUsableRequestId } from "./request-id.js";

describe("createRequestIds", () => {
  it("makes ids of 32 hexadecimal digits, none twice", () => {
    const next = createRequestIds();
    const ids = Array.from({ length: 20_000 }, next);

    assert.equal(new Set(ids).size, ids.length);
    assert.deepEqual(
      ids.filter((id) => !/^[0-9a-f]{32}$/.test(id) || !isUsableRequestId(id)),
      [],
    );
  });

  it("makes other ids in another process", () => {
    assert.notEqual(createRequestIds()().slice(0, 24), createRequestIds()().slice(0, 24));
  });

  it("counts on after the last three digits", () => {
    const next = createRequestIds("0".repeat(24));
    const ids = Array.from({ length: 4_098 }, next);

    assert.equal(ids[0], `${"0".repeat(24)}00000000`);
    assert.equal(ids[4_095], `${"0".repeat(24)}00000fff`);
    assert.equal(ids[4_096], `${"0".repeat(24)}00001000`);
    assert.equal(ids[4_097], `${"0".repeat(24)}00001001`);
  });
});

describe("isUsableRequestId", () => {
  it("takes the ids of the usual makers", () => {
    for (const id of [
      "b1946ac9-2492-4d23-a1e8-1d3e4c5f6a7b",
      "Root=1-67891233-abcdef012345678912345678",
      "01ARZ3NDEKTSV4RRFFQ69G5FAV",
      "host/pid.17~2+x@y:z",
    ]) {
      assert.equal(isUsableRequestId(id), true, id);
    }
  });

  it("takes nothing long, empty, or with anything a log could be misled by", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 140 }), (id) => {
        if (isUsableRequestId(id)) assert.match(id, /^[\w.~+/=:@-]{1,128}$/);
      }),
    );
    for (const id of ["", " a", "a b", 'a"b', "a\tb", "a\n", "caf\xe9", "a,b", "a;b", "<a>", "x".repeat(129)])
      assert.equal(isUsableRequestId(id), false, JSON.stringify(id));
  });
});
