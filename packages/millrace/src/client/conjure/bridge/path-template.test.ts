import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { fillPath, parsePathTemplate } from "./path-template.js";

const argument = fc.oneof(
  fc.string({ unit: "grapheme", minLength: 1 }),
  fc.string({ minLength: 1 }),
  fc.integer(),
);
const isDots = (value: string | number) => value === "." || value === "..";

describe("a path template", () => {
  it("keeps each argument one segment, whatever it holds", () => {
    fc.assert(
      fc.property(
        fc.array(
          argument.filter((value) => !isDots(value)),
          { maxLength: 5 },
        ),
        (values) => {
          const template = parsePathTemplate(`/start${values.map((_, at) => `/{p${at}}`).join("")}/end`);
          const segments = fillPath(template, values).split("/").slice(2, -1);
          assert.deepEqual(segments.map(decodeURIComponent), values.map(String));
          assert.match(fillPath(template, values), /^[!-~]*$/);
        },
      ),
    );
  });

  it("is what a URL leaves as it is", () => {
    fc.assert(
      fc.property(
        argument.filter((value) => !isDots(value)),
        (value) => {
          const path = fillPath(parsePathTemplate("/a/{id}/b"), [value]);
          assert.equal(new URL(path, "http://localhost").pathname, path);
        },
      ),
    );
  });

  it("fails or gives a path that starts with one slash, whatever the template", () => {
    const template = fc.string({ unit: fc.constantFrom(..."/{}:ab.%#? \u00e9[]") });
    fc.assert(
      fc.property(template, (text) => {
        let parsed: ReturnType<typeof parsePathTemplate>;
        try {
          parsed = parsePathTemplate(text);
        } catch (error) {
          assert.ok(error instanceof TypeError);
          return;
        }
        const path = fillPath(
          parsed,
          parsed.names.map(() => "x"),
        );
        assert.match(path, /^\/[!-~]*$/);
        assert.doesNotMatch(path, /[{}#?]/);
      }),
    );
  });

  it("is shown without patterns", () => {
    assert.equal(parsePathTemplate("a/{id:.+}/{ other : [a-z]{2} }").path, "/a/{id}/{other}");
  });
});
