import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Fields } from "millrace/wire";
import { forwarded, type Line, valuesOf } from "./messages.test.fixture.js";
import { isLooping } from "./via.js";

describe("Via", () => {
  const via = (lines: Line[], minorVersion = 1) =>
    valuesOf(forwarded({ fields: lines, minorVersion }, { via: "millrace" }), "via");

  it("is made with the version the request came in", () => {
    assert.deepEqual(via([]), ["1.1 millrace"]);
    assert.deepEqual(via([], 0), ["1.0 millrace"]);
  });

  it("is appended to, as one line in order", () => {
    const lines: Line[] = [
      ["Via", "1.0 fred, HTTP/1.1 p.example.net (squid)"],
      ["via", "1.1 next"],
    ];

    assert.deepEqual(via(lines), ["1.0 fred, HTTP/1.1 p.example.net (squid), 1.1 next, 1.1 millrace"]);
  });

  it("is left as it came when there is no name to write", () => {
    assert.deepEqual(valuesOf(forwarded({ fields: [["Via", "1.1 a"]] }, { via: false }), "via"), ["1.1 a"]);
    assert.deepEqual(valuesOf(forwarded({}, { via: false }), "via"), []);
  });
});

describe("isLooping", () => {
  const passed = (times: number) => Array.from({ length: times }, () => "1.1 millrace").join(", ");

  it("suspects a request that came through us ten times", () => {
    assert.equal(isLooping(Fields.from([["Via", passed(10)]]), "millrace"), true);
    assert.equal(isLooping(Fields.from([["Via", passed(9)]]), "millrace"), false);
  });

  it("counts all lines, and no other names", () => {
    const lines: Line[] = [
      ["Via", passed(5)],
      ["Via", "1.1 other, 1.1 millrace-2"],
      ["Via", passed(5)],
    ];

    assert.equal(isLooping(Fields.from(lines), "millrace"), true);
    assert.equal(isLooping(Fields.from(lines), "other"), false);
    assert.equal(isLooping(new Fields(), "millrace"), false);
  });
});
