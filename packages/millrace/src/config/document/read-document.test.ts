import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { duration } from "../schema/measures.js";
import { section } from "../schema/section.js";
import { ConfigError } from "./issues.js";
import { readDocument } from "./read-document.js";

const schema = section({
  wait: duration("How long to wait.").optional(),
  peers: z.record(z.string(), section({ wait: duration("How long this one waits.").optional() })).optional(),
});

describe("readDocument", () => {
  it("gives what was written and what the schema makes of it", () => {
    const { written, value, warnings } = read("wait: 3 minutes\n");

    assert.deepEqual(written, { wait: "3 minutes" });
    assert.deepEqual(value, { wait: 180_000 });
    assert.deepEqual(warnings, []);
  });

  it("reads JSON", () => {
    assert.deepEqual(read('{"peers": {"a": {"wait": "10s"}}}').value, { peers: { a: { wait: 10_000 } } });
  });

  it("says of each fault where it is, in the text and in the document", () => {
    assert.throws(
      () => read("wait: soon\npeers:\n  a: {wait: 1}\n  b: [1]\n"),
      (error) => {
        assert.ok(error instanceof ConfigError);
        assert.deepEqual(error.message.split("\n"), [
          'p.yaml:1:7: wait: expected a duration such as "10s", found "soon"',
          'p.yaml:3:13: peers.a.wait: expected a duration such as "10s", found 1',
          "p.yaml:4:6: peers.b: expected a group of settings, found a list",
        ]);
        assert.deepEqual(error.issues[0]!.position, { line: 1, column: 7 });
        return true;
      },
    );
  });

  it("names twenty faults and counts the rest, all of which the error has", () => {
    const peers = Array.from({ length: 50 }, (_, at) => `  p${at}: {wait: 1}\n`);
    assert.throws(
      () => read(`peers:\n${peers.join("")}`),
      (error) => {
        assert.ok(error instanceof ConfigError);
        const lines = error.message.split("\n");
        assert.equal(lines.length, 21);
        assert.equal(lines.at(-1), "and 30 more");
        assert.equal(error.issues.length, 50);
        return true;
      },
    );
  });

  it("says of a text that is nested too deeply what would be right", () => {
    assert.throws(
      () => read("[".repeat(100_000)),
      (error) => {
        assert.ok(error instanceof ConfigError);
        const [first] = error.message.split("\n");
        assert.match(first!, /^p\.yaml:1:\d+: expected fewer levels: this is nested too deeply to be read$/);
        return true;
      },
    );
  });

  it("refuses unknown keys", () => {
    assert.throws(
      () => read("weight: 1\n"),
      /^ConfigError: p\.yaml:1:1: weight: unknown setting "weight"; known/,
    );
  });

  it("warns of each unknown key and leaves it out, where it is asked to", () => {
    const { written, value, warnings } = read("wiat: 1s\npeers:\n  a:\n    x: 1\n    waits: 2\n", "warn");

    assert.deepEqual(warnings, [
      'p.yaml:1:1: wiat: unknown setting "wiat"; did you mean "wait"?',
      'p.yaml:4:5: peers.a.x: unknown setting "x"; known here: wait',
      'p.yaml:5:5: peers.a.waits: unknown setting "waits"; did you mean "wait"?',
    ]);
    assert.deepEqual(written, { peers: { a: {} } });
    assert.deepEqual(value, { peers: { a: {} } });
  });

  it("does not let an unknown key hide a fault", () => {
    assert.throws(() => read("wiat: 1s\nwait: soon\n", "warn"), /p\.yaml:2:7: wait: expected a duration/);
  });

  it("tells all unknown keys of a group, and faults from top to bottom", () => {
    assert.throws(
      () => read("peers:\n  a: {wait: soon}\nwait: soon\nx: 1\nwiat: 1\n"),
      (error) => {
        assert.deepEqual((error as ConfigError).message.split("\n"), [
          'p.yaml:4:1: x: unknown setting "x"; known here: wait, peers',
          'p.yaml:5:1: wiat: unknown setting "wiat"; did you mean "wait"?',
          'p.yaml:2:13: peers.a.wait: expected a duration such as "10s", found "soon"',
          'p.yaml:3:7: wait: expected a duration such as "10s", found "soon"',
        ]);
        return true;
      },
    );
  });

  it("leaves out keys of any length, and those within groups of long names", () => {
    const long = "k".repeat(100);
    const { value, warnings } = read(`${long}: 1\npeers:\n  ${long}: {${long}: 1, wait: 1s}\n`, "warn");

    assert.deepEqual(value, { peers: { [long]: { wait: 1_000 } } });
    const shown = "k".repeat(64);
    assert.deepEqual(
      warnings.map((warning) => warning.replace(/; known.*/, "")),
      [
        `p.yaml:1:1: ${shown}: unknown setting "${shown}"`,
        `p.yaml:3:106: peers.${shown}.${shown}: unknown setting "${shown}"`,
      ],
    );
  });

  it("leaves out what several aliases stand for", () => {
    const { value, warnings } = read("peers:\n  a: &a {x: 1}\n  b: *a\n  c: {<<: *a}\n", "warn");

    assert.deepEqual(value, { peers: { a: {}, b: {}, c: {} } });
    assert.equal(warnings.length, 3);
  });
});

function read(text: string, unknownKeys?: "refuse" | "warn") {
  return readDocument(schema, { text, file: "p.yaml", unknownKeys });
}
