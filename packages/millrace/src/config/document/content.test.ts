import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { ConfigError } from "./issues.js";
import { readDocument } from "./read-document.js";

describe("content of a document", () => {
  const values: readonly (readonly [what: string, text: string, value: unknown])[] = [
    ["groups, lists and values", "a: {b: [1, true, ~, x]}\n", { a: { b: [1, true, null, "x"] } }],
    ["nothing", "a:\nb: []\n", { a: null, b: [] }],
    ["names that are numbers and words", "1: a\ntrue: b\n", { 1: "a", true: "b" }],
    ["an alias", "a: &a [1]\nb: *a\n", { a: [1], b: [1] }],
    ["an alias for a name", "a: &k b\n*k : 1\n", { a: "b", b: 1 }],
    ["an anchor that is set again", "a: &a 1\nb: *a\nc: &a 2\nd: *a\n", { a: 1, b: 1, c: 2, d: 2 }],
    [
      "what is merged, after what a group says itself",
      "a: &a {x: 1, y: 2}\nb: {y: 3, <<: *a, z: 4}\n",
      { a: { x: 1, y: 2 }, b: { y: 3, z: 4, x: 1 } },
    ],
    [
      "several merged, the first before the others",
      "a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b]}\n",
      { a: { x: 1 }, b: { x: 2, y: 2 }, c: { x: 1, y: 2 } },
    ],
    ["a quoted <<, which is a name", 'a: {"<<": {x: 1}}\n', { a: { "<<": { x: 1 } } }],
    ["words of YAML 1.1, which mean themselves", "%YAML 1.1\n---\nyes: no\n", { yes: "no" }],
  ];
  for (const [what, text, value] of values) {
    it(`reads ${what}`, () => assert.deepEqual(read(text), value));
  }

  it("takes names of prototypes for names", () => {
    const value = read('{"__proto__": {"x": 1}, "constructor": {"y": 1}}') as object;

    assert.deepEqual(Object.keys(value), ["__proto__", "constructor"]);
    assert.equal("x" in value, false);
    assert.equal("x" in {}, false);
  });

  const faults: readonly (readonly [what: string, text: string, ...faults: string[]])[] = [
    [
      "a name that stands twice",
      "a: 1\nb: 2\na: 3\n",
      "3:1: a: expected each name once; this one is on line 1 already",
    ],
    [
      "one that stands twice further down, and one three times",
      "s:\n  w: {u: 1, u: 2}\n  l:\n  - {x: 1, x: 2, x: 3}\n",
      "2:13: s.w.u: expected each name once; this one is on line 2 already",
      "4:12: s.l[0].x: expected each name once; this one is on line 4 already",
      "4:18: s.l[0].x: expected each name once; this one is on line 4 already",
    ],
    [
      "one that stands twice, differently written",
      "1: a\n'1': b\n",
      "2:1: 1: expected each name once; this one is on line 1 already",
    ],
    [
      "one that stands twice by an alias",
      "&k a: 1\n*k : 2\n",
      "2:1: a: expected each name once; this one is on line 1 already",
    ],
    ["a group for a name", "s: {? {a: 1} : 1}\n", "1:7: s: expected a name, found what is none"],
    ["nothing for a name", "s: {~: 1}\n", "1:5: s: expected a name, found what is none"],
    ["an alias of nothing", "s: {a: *b}\n", "1:8: s.a: expected &b before *b"],
    ["an alias before what it stands for", "s: *b\nt: &b 1\n", "1:4: s: expected &b before *b"],
    [
      "an alias within what it stands for",
      "s: &s {a: [*s]}\n",
      "1:12: s.a[0]: found *s within what it stands for",
    ],
    ["a merge of what is no group", "s: {<<: 1}\n", "1:4: s.<<: expected a group of settings to be merged"],
    [
      "a tag",
      "s: !env HOME\nt: !!set {a}\n",
      "1:4: expected a value without a tag (!name)",
      "2:4: expected a value without a tag (!name)",
    ],
    [
      "a bracket that is never closed, once",
      'a: {b: ["c]}\n',
      '2:1: Missing closing "quote',
      "2:1: Flow sequence in block collection must be sufficiently indented and end with a ]",
      "2:1: Flow map in block collection must be sufficiently indented and end with a }",
    ],
  ];
  for (const [what, text, ...lines] of faults) {
    it(`refuses ${what}, and says where`, () => {
      assert.throws(
        () => read(text),
        (error) => {
          assert.ok(error instanceof ConfigError);
          assert.deepEqual(error.message.replaceAll("f.yaml:", "").split("\n"), lines);
          return true;
        },
      );
    });
  }

  it("lets an alias be used a hundred times, those within others multiplied", () => {
    assert.equal((read(`- &a 1\n${"- *a\n".repeat(99)}`) as unknown[]).length, 100);
    assert.throws(
      () => read(`- &a 1\n${"- *a\n".repeat(100)}`),
      /^ConfigError: f\.yaml:101:3: \[100\]: expected at most 100 uses of aliases \(\*name\)$/,
    );
    assert.throws(
      () => read(`a: &a 1\nb: &b [${"*a,".repeat(60)}]\nc: [*b, *b]\n`),
      /^ConfigError: f\.yaml:3:5: c\[0\]: expected at most 100 uses/,
    );
  });

  it("looks at each name once, however many there are", () => {
    // The square of this many would be minutes of work: what the test sees of it is that it ends.
    const lines = Array.from({ length: 200_000 }, (_, at) => `n${at}: 1\n`);

    assert.equal(Object.keys(read(lines.join("")) as object).length, 200_000);
    assert.throws(() => read([...lines, ...lines].join("")), /and 199980 more$/);
  });
});

function read(text: string): unknown {
  return readDocument(z.unknown(), { text, file: "f.yaml" }).value;
}
