import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isMillraceError } from "../../base/errors.js";
import { messageLimits } from "../h1/limits.js";
import { parseRequestHead } from "../h1/request-head.js";
import { parseResponseHead } from "../h1/response-head.js";
import { requestHead, responseHead } from "../h1/serialize.js";
import { lines } from "../proof/server-side.js";
import { FieldId, fieldId } from "./field-id.js";
import { Fields } from "./fields.js";

const limits = messageLimits();
const name = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."abcXYZ019-_.~!#$%&'*+^`|"), minLength: 1, maxLength: 12 }),
  fc.constantFrom(
    "__proto__",
    "constructor",
    "Cookie",
    "cookie",
    "Set-Cookie",
    "set-cookie",
    "X-A",
    "x-a",
    "0",
    "hasOwnProperty",
  ),
);
const inner = fc.string({
  unit: fc
    .integer({ min: 0x20, max: 0xff })
    .filter((code) => code !== 0x7f)
    .map((code) => String.fromCharCode(code)),
  maxLength: 20,
});
const value = inner.map((text) => text.replace(/^[ \t]+|[ \t]+$/g, ""));
const pairs = fc.array(fc.tuple(name, value), { maxLength: 12 });

describe("Fields", () => {
  it("behave as a list of lines whose names match in any case", () => {
    fc.assert(
      fc.property(pairs, name, value, (all, key, other) => {
        const same = ([candidate]: readonly [string, string]) =>
          candidate.toLowerCase() === key.toLowerCase();
        const fields = Fields.from(all);
        assert.deepEqual([...fields], all);
        assert.deepEqual(
          fields.getAll(key),
          all.filter(same).map(([, text]) => text),
        );
        assert.equal(fields.get(key), all.find(same)?.[1]);
        assert.equal(fields.has(key), all.some(same));
        const copy = fields.clone();
        copy.delete(key);
        assert.deepEqual(
          [...copy],
          all.filter((pair) => !same(pair)),
        );
        assert.equal(copy.hasId(fieldId(key)) && fieldId(key) !== FieldId.other, false);
        copy.set(key, other);
        assert.deepEqual(copy.getAll(key), [other]);
        assert.deepEqual([...fields], all, "the original is untouched");
      }),
    );
  });

  it("come back the same from a head that was written and parsed", () => {
    const target = { form: "origin", path: "/a?b", authority: "example.test:80", scheme: "http" } as const;
    const own =
      /^(?:connection|content-length|transfer-encoding|keep-alive|proxy-connection|upgrade|host|expect|te|date)$/i;
    fc.assert(
      fc.property(pairs, (all) => {
        const kept = all.filter(([key]) => !own.test(key));
        const fields = Fields.from(kept);
        const message = {
          method: "PUT",
          target,
          minorVersion: 1,
          fields,
          body: { kind: "empty", length: 0 },
        } as const;
        const request = parseRequestHead(requestHead(message, 5), limits, "http")!;
        const response = parseResponseHead(
          responseHead({ status: 404, reason: "No", fields }, 5, "", undefined),
          limits,
          "GET",
        )!;
        const wanted = kept.map(([key, text]) => `${key}: ${text}`);

        assert.deepEqual(lines(request.fields), ["Host: example.test:80", ...wanted, "Content-Length: 5"]);
        assert.deepEqual({ ...request.target }, target);
        assert.deepEqual(lines(response.fields), [...wanted, "Content-Length: 5"]);
        assert.deepEqual([response.status, response.reason, response.framing], [404, "No", 5]);
      }),
    );
  });

  it("refuse names and values that would be read as something else", () => {
    const bad: [string, string][] = [
      ["", "x"],
      ["a b", "x"],
      ["a:", "x"],
      ["a\r\nb", "x"],
      ["caf\u00e9", "x"],
      ["a", "x\r\nSet-Cookie: y"],
      ["a", "x\ny"],
      ["a", "x\ry"],
      ["a", "x\0"],
      ["a", "\x7f"],
      ["a", " x"],
      ["a", "x\t"],
      ["a", "\u010d\u010a"],
      ["a", "\u{1f600}"],
    ];
    for (const [key, text] of bad) {
      assert.throws(
        () => new Fields().append(key, text),
        (error) => isMillraceError(error, "invalid-options"),
        JSON.stringify([key, text]),
      );
      assert.throws(
        () => Fields.from([["a", "1"]]).set(key, text),
        (error) => isMillraceError(error, "invalid-options"),
      );
    }
  });
});
