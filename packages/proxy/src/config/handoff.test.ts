import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { daemonConfig } from "./daemon-config.js";

describe("the setting handoff", () => {
  it("is on by itself for a proxy that can be found again", () => {
    const { handoff } = daemonConfig({ listen: "127.0.0.1:8080" });

    assert.deepEqual(handoff, {
      name: "proxy-127.0.0.1-8080",
      folder: undefined,
      probationMs: 10_000,
      readyMs: 60_000,
      pidFile: undefined,
      asked: false,
    });
    assert.equal(daemonConfig({ listen: "127.0.0.1:0" }).handoff, undefined);
  });

  it("can be turned off", () => {
    assert.equal(daemonConfig({ handoff: false }).handoff, undefined);
  });

  it("takes a name, times and files", () => {
    const handoff = { name: "shop", folder: "run", probation: "0s", ready: "5s", pidFile: "/run/shop.pid" };

    assert.deepEqual(daemonConfig({ listen: ":0", handoff }, "/srv").handoff, {
      name: "shop",
      folder: join("/srv", "run"),
      probationMs: 0,
      readyMs: 5_000,
      pidFile: "/run/shop.pid",
      asked: true,
    });
  });

  it("refuses names that cannot be one, and a proxy without an address to go by", () => {
    assert.throws(() => daemonConfig({ handoff: { name: "a/b" } }), /handoff/);
    assert.throws(() => daemonConfig({ listen: ":0", handoff: {} }), /handoff\.name: expected a name/);
  });
});
