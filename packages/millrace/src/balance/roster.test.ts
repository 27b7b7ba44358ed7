import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MockService } from "../testing/mock-service.js";
import { latencySettings } from "./load/peak-ewma.js";
import { createMember } from "./member.js";
import { Roster } from "./roster.js";

describe("Roster", () => {
  it("offers the usable members", () => {
    const { roster, keys } = setup("abcd");
    roster.update("a", { health: "unhealthy" }, 0);
    roster.update("b", { draining: true }, 0);

    assert.equal(keys(), "cd");
    assert.equal(roster.usableAt(0), 2);
  });

  it("offers the same array until something changes", () => {
    const { roster } = setup("abc");
    const before = roster.candidatesAt(0);
    assert.equal(roster.candidatesAt(1000), before);
    roster.remove("a");

    assert.notEqual(roster.candidatesAt(1000), before);
  });

  it("leaves ejected members out until their time has come", () => {
    const { keys, eject } = setup("abcd");
    eject("a", 100);
    eject("b", 200);

    assert.deepEqual([keys(99), keys(100), keys(199), keys(200)], ["cd", "acd", "acd", "abcd"]);
  });

  it("puts a member in place of one with the same key", () => {
    const { roster, make } = setup("ab");
    const other = make("a");
    roster.insert(other);

    assert.equal(roster.get("a"), other);
    assert.equal(roster.size, 2);
  });

  it("offers all but the draining when too few are usable", () => {
    const { roster, keys, eject } = setup("abcde");
    roster.update("a", { draining: true }, 0);
    roster.update("b", { health: "unhealthy" }, 0);
    eject("c", 100);
    assert.equal(roster.panickingAt(0), false);
    roster.update("d", { health: "unhealthy" }, 0);

    assert.equal(roster.panickingAt(0), true);
    assert.equal(keys(), "bcde");
  });

  it("calms down when enough are usable again", () => {
    const { roster, keys } = setup("abc");
    roster.update("a", { health: "unhealthy" }, 0);
    roster.update("b", { health: "unhealthy" }, 0);
    assert.equal(keys(), "abc");
    roster.update("b", { health: "healthy" }, 0);

    assert.equal(keys(), "bc");
  });

  it("offers nobody when no member is healthy", () => {
    const { roster, keys } = setup("ab");
    roster.update("a", { health: "unhealthy" }, 0);
    roster.update("b", { health: "unhealthy" }, 0);

    assert.equal(keys(), "");
    assert.equal(roster.panickingAt(0), false);
  });

  it("disregards ejections that leave nobody", () => {
    const { roster, keys, eject } = setup("ab", 0);
    roster.update("a", { health: "unhealthy" }, 0);
    eject("b", 100);

    assert.equal(keys(), "b");
    assert.equal(roster.usableAt(0), 0);
  });

  it("ignores an update of a member that left", () => {
    const { roster, keys } = setup("a");
    roster.update("z", { draining: true }, 0);

    assert.equal(keys(), "a");
  });
});

function setup(names: string, panicRatio = 0.5) {
  const roster = new Roster<string, string, string>(panicRatio);
  const make = (key: string) =>
    createMember({ key, service: new MockService<string, string>() }, latencySettings(), 0);
  for (const name of names) roster.insert(make(name));
  const keys = (now = 0) =>
    roster
      .candidatesAt(now)
      .map(({ key }) => key)
      .join("");
  const eject = (key: string, until: number) => {
    roster.get(key)!.ejectedUntil = until;
    roster.changed();
  };
  return { roster, make, keys, eject };
}
