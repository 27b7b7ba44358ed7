import assert from "node:assert/strict";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Scope } from "../../base/scope.js";
import { candidatesOf, localNames, parseHosts, parseSearchList } from "./local-names.js";

describe("parseHosts", () => {
  it("reads addresses and all their names, past comments, blanks and nonsense", () => {
    const hosts = parseHosts(
      "# comment\n127.0.0.1\tlocalhost  A.Test # more\n\n::1 localhost\nnonsense b.test\n10.0.0.1\r\n10.0.0.2 c.test\r\n",
    );

    assert.deepEqual(
      [...hosts],
      [
        ["localhost", ["127.0.0.1", "::1"]],
        ["a.test", ["127.0.0.1"]],
        ["c.test", ["10.0.0.2"]],
      ],
    );
  });

  it("survives whatever a file may hold", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => parseHosts(text).size >= 0));
  });
});

describe("parseSearchList", () => {
  it("takes the last search or domain, and ndots", () => {
    assert.deepEqual(
      parseSearchList("nameserver 10.0.0.53\nsearch a.test. b.test\noptions timeout:1 ndots:5 rotate\n"),
      {
        domains: ["a.test", "b.test"],
        minDots: 5,
      },
    );
    assert.deepEqual(parseSearchList("search a.test\ndomain b.test c.test\noptions ndots:99"), {
      domains: ["b.test"],
      minDots: 15,
    });
    assert.deepEqual(parseSearchList(""), { domains: [], minDots: 1 });
  });
});

describe("candidatesOf", () => {
  it("tries a short name in each domain first, a long one as it is first, a full one alone", () => {
    const list = { domains: ["x.test", "y.test"], minDots: 2 };

    assert.deepEqual(candidatesOf("a.b", list), ["a.b.x.test", "a.b.y.test", "a.b"]);
    assert.deepEqual(candidatesOf("a.b.c", list), ["a.b.c", "a.b.c.x.test", "a.b.c.y.test"]);
    assert.deepEqual(candidatesOf("a.b.", list), ["a.b"]);
  });
});

describe("localNames", () => {
  it("follows the hosts file, and does without it when it is gone", async () => {
    await using scope = new Scope();
    const folder = await mkdtemp(join(tmpdir(), "millrace-"));
    scope.defer(() => rm(folder, { recursive: true }));
    const hostsFile = join(folder, "hosts");
    const names = localNames({ hostsFile, search: [] });
    assert.deepEqual(await names.find("a.test"), []);
    await writeFile(hostsFile, "10.0.0.1 a.test");
    assert.deepEqual(await names.find("A.test."), ["10.0.0.1"]);
    await writeFile(join(folder, "next"), "10.0.0.2 a.test");
    await rename(join(folder, "next"), hostsFile);
    assert.deepEqual(await names.find("a.test"), ["10.0.0.2"]);
    await rm(hostsFile);

    assert.deepEqual(await names.find("a.test"), []);
  });

  it("knows localhost, and all below it, unless the hosts file says otherwise", async () => {
    const names = localNames({ hostsFile: false, search: [] });

    for (const name of ["localhost", "LOCALHOST.", "a.localhost"]) {
      assert.deepEqual(await names.find(name), ["127.0.0.1", "::1"]);
    }
    assert.deepEqual(await names.find("localhost.test"), []);
  });
});
