import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatStats, type StatsDocument } from "./stats-text.js";

const quiet: StatsDocument = {
  client: { success: 0, failed: 0 },
  requests: { active: 0 },
  perSecond: {
    "1s": { requests: 0, failed: 0 },
    "10s": { requests: 0, failed: 0 },
    "1m": { requests: 0, failed: 0 },
  },
  latencyMs: { p50: null, p90: null, p99: null, p999: null },
  failures: {},
  connections: { open: 0 },
};

describe("formatStats", () => {
  it("has something to say when nothing has happened", () => {
    const text = formatStats(quiet, []);

    assert.match(text, /^requests {5}0 answered, 0 failed, 0 active$/m);
    assert.match(text, /p50 - /);
    assert.match(text, /^no servers$/m);
    assert.doesNotMatch(text, /failures/);
  });

  it("says why requests failed, and what each server does", () => {
    const row = { id: "a:80", state: "down", success: 5, failed: 2, inFlight: 1, ewmaMs: 1.5 };
    const rows = [{ ...row, lastCheck: { reason: "status 503" } }];
    const text = formatStats({ ...quiet, failures: { "no-server": 2, reset: 1 } }, rows);

    assert.match(text, /^failures {5}2 no-server, 1 reset$/m);
    assert.match(text, /^a:80 +down +5 +2 +1 +1\.5 +status 503$/m);
  });
});
