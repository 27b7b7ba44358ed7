import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConfigError } from "millrace/config";
import { parseConfig } from "./parse.js";

describe("parseConfig", () => {
  it("reads a whole file", () => {
    const document = parseConfig(
      "listen: 127.0.0.1:0\ntimeouts: {connect: 1s}\nservers:\n- url: http://a\n",
      "m.yaml",
    );

    assert.deepEqual(document, {
      listen: "127.0.0.1:0",
      timeouts: { connect: "1s" },
      servers: [{ url: "http://a" }],
    });
  });

  it("takes an empty file for one that changes nothing", () => {
    assert.deepEqual(parseConfig("# nothing yet\n", "m.yaml"), {});
  });

  it("says where a value is wrong", () => {
    assert.deepEqual(faults("timeouts:\n  connect: soon\n"), [
      'm.yaml:2:12: timeouts.connect: expected a duration such as "10s", found "soon"',
    ]);
  });

  it("asks for a unit where a bare number stands for a duration", () => {
    assert.deepEqual(faults("timeouts: {connect: 5}"), [
      'm.yaml:1:21: timeouts.connect: expected a duration such as "10s", found 5',
    ]);
  });

  it("says where an unknown key is, and which known one is nearest", () => {
    assert.deepEqual(faults("timeouts:\n  conect: 1s\nhealth-check: {}\n"), [
      'm.yaml:2:3: timeouts.conect: unknown setting "conect"; did you mean "connect"?',
      'm.yaml:3:1: health-check: unknown setting "health-check"; did you mean "healthCheck"?',
    ]);
  });

  it("points into lists", () => {
    assert.deepEqual(faults("servers:\n- url: http://a\n- url: http://a/?q\n"), [
      "m.yaml:3:8: servers[1].url: expected a URL without a query",
    ]);
    assert.deepEqual(faults("listen:\n- 127.0.0.1:0\n- {address: ':1', tls: {cert: c}}\n"), [
      "m.yaml:3:24: listen[1].tls.key: expected a file name, found nothing",
    ]);
  });

  it("says where the text is no YAML", () => {
    assert.match(faults("a: [1\nb: 2\n")[0]!, /^m\.yaml:2:1: /);
    assert.match(
      faults("listen: a\nlisten: b\n")[0]!,
      /^m\.yaml:2:1: listen: expected each name once; this one is on line 1 already$/,
    );
  });

  it("refuses aliases that multiply, and a second document", () => {
    const bomb = `a: &a [1]\nb: &b [${"*a,".repeat(60)}]\nc: [${"*b,".repeat(60)}]\n`;

    assert.throws(
      () => parseConfig(bomb, "m.yaml"),
      /^ConfigError: m\.yaml:3:5: c\[0\]: expected at most 100 uses of aliases/,
    );
    assert.throws(
      () => parseConfig("workers: 1\n---\nworkers: 2\n", "m.yaml"),
      /m\.yaml:2:1: expected one document; another begins here/,
    );
  });

  it("refuses a file that is no group of settings", () => {
    assert.deepEqual(faults("- 1\n"), ["m.yaml:1:1: expected a group of settings, found a list"]);
  });
});

function faults(text: string): readonly string[] {
  try {
    parseConfig(text, "m.yaml");
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message.split("\n");
  }
  return assert.fail("accepted");
}
