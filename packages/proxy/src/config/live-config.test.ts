import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ConfigError } from "millrace/config";
import { defaultSettings } from "./defaults.js";
import { createLiveConfig, patchLiveConfig } from "./live-config.js";

describe("createLiveConfig", () => {
  it("fills every gap with the defaults", () => {
    assert.deepEqual(createLiveConfig().settings, defaultSettings);
  });

  it("shows a document that it reads back as the same settings", () => {
    const { document, settings } = createLiveConfig({
      timeouts: { request: "1m30s", clientIdle: "none" },
      healthCheck: { expectedStatuses: "200,300-399" },
    });

    assert.equal(document.timeouts?.request, "90s");
    assert.deepEqual(createLiveConfig(document).settings, settings);
  });
});

describe("patchLiveConfig", () => {
  it("changes what the patch names and nothing else", () => {
    const config = patchLiveConfig(createLiveConfig({ timeouts: { connect: "5s" } }), {
      limits: { body: "1MiB" },
    });

    assert.equal(config.settings.timeouts.connectMs, 5_000);
    assert.equal(config.settings.limits.bodyBytes, 1_048_576);
  });

  it("returns a setting to what the file says when it is patched to null", () => {
    const base = createLiveConfig({ timeouts: { connect: "5s" } });
    const patched = patchLiveConfig(base, { timeouts: { connect: "1s" } });
    assert.equal(patched.settings.timeouts.connectMs, 1_000);

    assert.deepEqual(patchLiveConfig(patched, { timeouts: { connect: null } }).settings, base.settings);
  });

  it("names the field that is wrong", () => {
    assert.throws(
      () => patchLiveConfig(createLiveConfig(), { outlier: { maxEjectedRatio: 2 } }),
      (error) => error instanceof ConfigError && error.issues[0]?.field === "outlier.maxEjectedRatio",
    );
  });

  it("refuses unknown keys, also those that only remove", () => {
    for (const patch of [
      { nothing: null },
      { timeouts: { nothing: null } },
      JSON.parse('{"__proto__":{"a":1}}'),
    ]) {
      assert.throws(() => patchLiveConfig(createLiveConfig(), patch), ConfigError, JSON.stringify(patch));
    }
  });

  it("gives a whole configuration or a ConfigError for any JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (patch) => {
        try {
          assert.ok(patchLiveConfig(createLiveConfig(), patch).settings.drainMs >= 0);
        } catch (error) {
          assert.ok(error instanceof ConfigError, String(error));
        }
      }),
    );
  });
});
