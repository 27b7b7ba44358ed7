import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isMillraceError } from "../../base/errors.js";
import { type PathNames, PathTemplate, type PathValue } from "./path-template.js";

describe("PathTemplate", () => {
  it("puts values in the place of names", () => {
    assert.equal(fill("/widgets/{id}/parts/{part}", { id: 7, part: "a b" }), "/widgets/7/parts/a%20b");
    assert.equal(fill("/widgets", undefined), "/widgets");
  });

  it("keeps a value within its segment", () => {
    assert.equal(fill("/w/{id}", { id: "a/b?c#d%2F" }), "/w/a%2Fb%3Fc%23d%252F");
  });

  it("C25: escapes what may not stand in a path, # included, and leaves escapes alone", () => {
    assert.equal(fill("/a#b/ü/100%/%2F?q=1", undefined), "/a%23b/%C3%BC/100%25/%2F?q=1");
  });

  it("takes a name without the pattern after it", () => {
    assert.equal(fill("/w/{id:[0-9]{2}}/{ rest : .+ }", { id: 12, rest: "a" }), "/w/12/a");
    const names: PathNames<"/w/{id:[0-9]+}/{part}">[] = ["id", "part"];
    assert.equal(names.length, 2);
  });

  const refused: readonly (readonly [
    template: string,
    values: Record<string, PathValue>,
    message: RegExp,
  ])[] = [
    ["widgets", {}, /^path: expected one such as "\/widgets\/\{id\}", found "widgets"/],
    ["/w/{id", {}, /^path: expected/],
    ["/w/{}", {}, /^path: expected/],
    ["/w/{:.+}", {}, /^path: expected/],
    ["/w/{id}}", { id: 1 }, /^path: expected/],
    ["/w/{id}", {}, /^path\.id: expected a value for \/w\/\{id\}, found undefined/],
    ["/w/{id}", { id: "" }, /^path\.id: expected a value/],
    ["/w/{id}", { id: ".." }, /^path\.id: expected a segment of/],
    ["/w/{id}", { id: "\ud800" }, /^path\.id: expected a segment of/],
    ["/w/{id}", { id: Number.NaN }, /^path\.id: expected a segment of \/w\/\{id\}, found NaN$/],
    ["/w/{id}", { id: null as never }, /^path\.id: expected a value for \/w\/\{id\}, found null$/],
    ["/w/{id}", { id: {} as never }, /^path\.id: expected a segment of \/w\/\{id\}, found an object$/],
    ["/w/{id}", { id: ["a"] as never }, /^path\.id: expected a segment of/],
    [7 as never, {}, /^path: expected one such as "\/widgets\/\{id\}", found 7$/],
    [undefined as never, {}, /^path: expected one such as .*, found undefined$/],
    ["/w/{toString}", {}, /^path\.toString: expected a value/],
  ];
  for (const [template, values, message] of refused) {
    it(`refuses ${JSON.stringify(values)} for ${template}`, () => {
      assert.throws(
        () => fill(template, values),
        (error) => isMillraceError(error, "invalid-options") && message.test(error.message),
      );
    });
  }

  it("writes paths from which the values can be read back", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: "grapheme" }), (value) => {
        fc.pre(value !== "." && value !== "..");
        const path = fill("/a/{value}/b", { value });
        return /^[!-~]*$/.test(path) && decodeURIComponent(path.split("/")[2]!) === value;
      }),
    );
  });
});

function fill(template: string, values: Record<string, PathValue> | undefined): string {
  return new PathTemplate(template).fill(values);
}
