import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConfigError } from "millrace/config";
import { handoffFields } from "./handoff.js";
import { createLiveConfig } from "./live-config.js";
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

  it("says of what is there twice where the second is, and where clients connect already", () => {
    assert.deepEqual(faults("listen:\n- 127.0.0.1:1\n- {address: '127.0.0.1:1', tls: {cert: c, key: k}}\n"), [
      "m.yaml:3:3: listen[1]: 127.0.0.1:1 is there twice",
    ]);
    assert.deepEqual(faults("servers:\n- url: http://a\n- url: HTTP://A:80/\n  weight: 2\n"), [
      "m.yaml:3:3: servers[1]: http://a:80 is there twice",
    ]);
    assert.deepEqual(faults("listen: :1\nadmin: 0.0.0.0:1\n"), [
      "m.yaml:2:8: admin: 0.0.0.0:1 is where clients connect; give it another address",
    ]);
  });

  it("says what is too little, and what the least is", () => {
    assert.deepEqual(faults("healthCheck: {interval: 1ms}\ntimeouts: {connect: 0s}\nlimits: {head: 1B}\n"), [
      'm.yaml:1:25: healthCheck.interval: expected a duration such as "10s", found "1ms", which is less than 10ms',
      'm.yaml:2:21: timeouts.connect: expected a duration such as "10s", found "0s", which is less than 1ms',
      'm.yaml:3:16: limits.head: expected a size of at least 64B such as "16KiB", found "1B"',
    ]);
  });

  it("says of every setting what is expected, whatever is found in its place", () => {
    const live = createLiveConfig().document;
    const tree = { ...live, listen: 0, admin: 0, workers: 0, state: 0, servers: 0, handoff: handoffFields };
    const wrong = [null, true, -1, 0.5, 1e12, "", "x y", [], ["x y"], [null], {}, { x: 1 }];
    const keys = Object.entries({ ...tree, log: { level: 0, format: 0 } });
    for (const [key, inner] of keys)
      for (const value of wrong) {
        const within = typeof inner === "object" ? Object.keys(inner) : [];
        for (const document of [{ [key]: value }, ...within.map((name) => ({ [key]: { [name]: value } }))])
          for (const fault of faultsOf(JSON.stringify(document)))
            assert.match(
              fault,
              /^m\.yaml:1:\d+: [^ ]+: (expected|unknown setting) /,
              JSON.stringify(document),
            );
      }
  });

  it("refuses a file that is no group of settings", () => {
    assert.deepEqual(faults("- 1\n"), ["m.yaml:1:1: expected a group of settings, found a list"]);
  });
});

/** What is wrong with a text, line by line; nothing may be. */
function faultsOf(text: string): readonly string[] {
  try {
    parseConfig(text, "m.yaml");
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message.split("\n");
  }
  return [];
}

function faults(text: string): readonly string[] {
  const found = faultsOf(text);
  assert.notEqual(found.length, 0, "accepted");
  return found;
}
