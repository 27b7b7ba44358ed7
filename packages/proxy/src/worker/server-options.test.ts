import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Sweeper } from "millrace/base";
import { VirtualClock } from "millrace/testing";
import { defaultSettings } from "../config/defaults.js";
import { serverOptions } from "./server-options.js";

describe("serverOptions", () => {
  it("holds request bodies to the rate of the settings, and to none where there is none", () => {
    const rates = [defaultSettings.limits.bodyRate, 7, null].map((bodyRate) => {
      const settings = { ...defaultSettings, limits: { ...defaultSettings.limits, bodyRate } };

      return serverOptions(settings, parts()).minBodyRate;
    });

    assert.deepEqual(rates, [500, 7, 0]);
  });

  it("takes what has no limit for endless", () => {
    const { limits, timeouts, maxConnections } = serverOptions(
      {
        ...defaultSettings,
        limits: { ...defaultSettings.limits, bodyBytes: null, connections: null },
        timeouts: { ...defaultSettings.timeouts, requestMs: null, clientIdleMs: null },
      },
      parts(),
    );

    assert.deepEqual(
      [limits?.bodyBytes, maxConnections, timeouts?.requestMs, timeouts?.idleMs],
      [Infinity, Infinity, Infinity, Infinity],
    );
  });
});

function parts() {
  const clock = new VirtualClock();
  return { observer: {}, clock, sweeper: new Sweeper({ clock }) };
}
