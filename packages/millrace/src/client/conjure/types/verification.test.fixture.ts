import type { ConjureType, PlainType } from "./type.js";
import { types as t } from "./types.js";

/** What a type reads and what it refuses, as JSON texts. */
export interface JsonCase {
  readonly type: ConjureType<unknown>;
  /** Texts that are read, each with the text that is written again where it differs. */
  readonly accepted: readonly (string | readonly [read: string, written: string])[];
  readonly refused: readonly string[];
  /** Texts that clients read and servers refuse. */
  readonly tolerated?: readonly (string | readonly [read: string, written: string])[];
}

/** What a type reads and what it refuses, in the PLAIN format. */
export interface PlainCase {
  readonly type: PlainType<unknown>;
  readonly accepted: readonly (string | readonly [read: string, written: string])[];
  readonly refused: readonly string[];
}

const color = t.enumOf("RED", "DARK_BLUE");
const widget = t.object({ id: t.string, size: t.optional(t.integer), tags: t.set(t.string) });
const shape = t.union({ square: t.integer, label: t.optional(t.string), widget });
interface Tree {
  readonly children: readonly Tree[];
}
const tree: ConjureType<Tree> = t.lazy(() => t.object({ children: t.list(tree) }));

const integers: PlainCase = {
  type: t.integer,
  accepted: ["0", "1", "-1", "2147483647", "-2147483648"],
  refused: [
    "",
    " 1",
    "1 ",
    "01",
    "+1",
    "1.0",
    "1e3",
    "0x1",
    "2147483648",
    "-2147483649",
    "NaN",
    "one",
    "--1",
    "١",
  ],
};

/** Values of paths, queries, headers and keys. */
export const plainCases: Record<string, PlainCase> = {
  boolean: { type: t.boolean, accepted: ["true", "false"], refused: ["", "True", "1", "0", "yes", "true "] },
  integer: integers,
  safelong: {
    type: t.safelong,
    accepted: ["0", "9007199254740991", "-9007199254740991"],
    refused: ["9007199254740992", "-9007199254740992", "1.5", "", "1e3"],
  },
  double: {
    type: t.double,
    accepted: [
      "0",
      "1.5",
      "-1.5",
      "NaN",
      "Infinity",
      "-Infinity",
      ["1.0", "1"],
      ["1e3", "1000"],
      ["-0", "0"],
    ],
    refused: ["", "nan", "+1", ".5", "5.", "0x1", "1e", "inf", "Infinity ", "1,5", "01"],
  },
  string: { type: t.string, accepted: ["", "a", "a/b?c=d#e", "ä☠\u{1f600}", " ", "\n", "null"], refused: [] },
  datetime: {
    type: t.datetime,
    accepted: [
      "2017-01-02T03:04:05Z",
      "2017-01-02T03:04:05.000Z",
      "2017-01-02T03:04:05.000000000Z",
      "2017-01-02T04:04:05.000+01:00",
      "2017-01-02T03:04Z",
    ],
    refused: [
      "",
      "2017-01-02",
      "2017-01-02T03:04:05",
      "03:04:05Z",
      "2017-13-02T03:04:05Z",
      "now",
      "1483326245",
    ],
  },
  uuid: {
    type: t.uuid,
    accepted: ["b8a0f9d8-5c0c-4a4f-9d3b-3e0d8b2a4f11", "00000000-0000-0000-0000-000000000000"],
    refused: ["", "b8a0f9d8", "b8a0f9d85c0c4a4f9d3b3e0d8b2a4f11", "g8a0f9d8-5c0c-4a4f-9d3b-3e0d8b2a4f11"],
  },
  rid: {
    type: t.rid,
    accepted: ["ri.a..b.c", "ri.my-service.instance1.folder.foo.bar_baz-1"],
    refused: ["", "ri", "ri.a.b.c", "ri.1..b.c", "ri.a..B.c", "ri.a..b.", "ri.a..b.c/d", "rid.a..b.c"],
  },
  bearertoken: {
    type: t.bearertoken,
    accepted: ["abc", "a.b-c~d+e/f==", "0"],
    refused: ["", "=", "a b", "a=b", "ä", "Bearer a"],
  },
  binary: {
    type: t.binary,
    accepted: ["", "AA==", "AAE=", "AAEC", "+/+/"],
    refused: ["A", "AA", "AA=", "A A=", "-_-_", "AB==", "AA==AA=="],
  },
  enum: { type: color, accepted: ["RED", "DARK_BLUE"], refused: ["", "red", "BLUE", "RED ", "toString"] },
};

/** Values of bodies. */
export const jsonCases: Record<string, JsonCase> = {
  boolean: { type: t.boolean, accepted: ["true", "false"], refused: ["null", "0", '"true"', "[]", "{}", ""] },
  integer: {
    type: t.integer,
    accepted: ["0", "2147483647", "-2147483648", ["1.0", "1"], ["1e3", "1000"]],
    refused: ["null", "2147483648", "1.5", '"1"', "true", "[1]", "NaN"],
  },
  safelong: {
    type: t.safelong,
    accepted: ["9007199254740991", "-9007199254740991"],
    refused: ["9007199254740992", "null", '"1"', "0.1"],
  },
  double: {
    type: t.double,
    accepted: ["0", "1.5", "1e+300", '"NaN"', '"Infinity"', '"-Infinity"', ["1.0", "1"]],
    refused: ["null", '"1"', '"nan"', "true", "NaN", "Infinity", '""'],
  },
  string: {
    type: t.string,
    accepted: ['""', '"a"', '"\\u0000"', '"ä"'],
    refused: ["null", "1", "true", "[]", "a"],
  },
  datetime: { type: t.datetime, accepted: ['"2017-01-02T03:04:05Z"'], refused: ["1483326245", "null", '""'] },
  uuid: { type: t.uuid, accepted: ['"b8a0f9d8-5c0c-4a4f-9d3b-3e0d8b2a4f11"'], refused: ["null", '""', "1"] },
  rid: { type: t.rid, accepted: ['"ri.a..b.c"'], refused: ["null", '""', "1"] },
  bearertoken: { type: t.bearertoken, accepted: ['"abc"'], refused: ["null", '""', "1"] },
  binary: { type: t.binary, accepted: ['""', '"AAE="'], refused: ["null", "[0,1]", '"AAE"', "1"] },
  any: { type: t.any, accepted: ["0", '"a"', "[null]", '{"a":null}', "false"], refused: ["null", ""] },
  enum: {
    type: color,
    accepted: ['"RED"'],
    tolerated: ['"GREEN"', '"A1_B2"'],
    refused: ["null", '"red"', '""', "0", '"__proto__"'],
  },
  optional: { type: t.optional(t.integer), accepted: ["1", ["null", ""], ""], refused: ['"1"', "[]", "{}"] },
  list: {
    type: t.list(t.integer),
    accepted: ["[]", "[1,1,2]", ["null", "[]"], ["", "[]"]],
    refused: ["[null]", '["1"]', "1", "{}", "[1,[2]]"],
  },
  "list of optional": { type: t.list(t.optional(t.string)), accepted: ["[]", '["a"]'], refused: ["[1]"] },
  set: {
    type: t.set(t.string),
    accepted: ["[]", '["b","a"]', ["null", "[]"]],
    tolerated: [['["a","a","b"]', '["a","b"]']],
    refused: ["[null]", "[1]", "{}"],
  },
  map: {
    type: t.map(t.integer, t.string),
    accepted: ["{}", '{"1":"a","-2":"b"}', ["null", "{}"], ["", "{}"]],
    refused: ['{"a":"b"}', '{"1":1}', '{"1":null}', "[]", "1", '{"1.0":"a"}'],
  },
  "map of enum": { type: t.map(color, t.list(t.any)), accepted: ['{"RED":[1]}'], refused: ['{"red":[]}'] },
  "map of string": {
    type: t.map(t.string, t.integer),
    accepted: ['{"__proto__":1,"constructor":2}', '{"":1}'],
    refused: ['{"__proto__":"a"}'],
  },
  object: {
    type: widget,
    accepted: [
      ['{"id":"a"}', '{"id":"a","tags":[]}'],
      ['{"id":"a","size":null,"tags":null}', '{"id":"a","tags":[]}'],
      '{"id":"a","size":1,"tags":["x"]}',
    ],
    tolerated: ['{"newer":{"a":null},"id":"a","tags":[]}', '{"__proto__":1,"id":"a","tags":[]}'],
    refused: ["null", "{}", "[]", '{"id":null}', '{"id":"a","size":"1"}', '{"ID":"a"}', '"a"', ""],
  },
  union: {
    type: shape,
    accepted: ['{"type":"square","square":1}', '{"type":"widget","widget":{"id":"a","tags":[]}}'],
    tolerated: ['{"type":"circle","circle":1}'],
    refused: [
      "null",
      "{}",
      '{"type":"square"}',
      '{"square":1}',
      '{"type":"square","square":"1"}',
      '{"type":"square","square":1,"label":"a"}',
      '{"type":"square","circle":1}',
      '{"type":1,"1":1}',
      '{"type":"toString"}',
      '{"type":"type"}',
    ],
  },
  "recursive object": {
    type: tree,
    accepted: ['{"children":[{"children":[]}]}', ["{}", '{"children":[]}']],
    refused: ['{"children":[1]}', `${'{"children":['.repeat(600)}${"]}".repeat(600)}`, "[".repeat(100_000)],
  },
};
