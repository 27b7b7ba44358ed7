import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../base/errors.js";
import { channelOptionsFromConfig } from "./config.js";

describe("channelOptionsFromConfig", () => {
  it("needs no more than where to go", () => {
    const { target, options } = channelOptionsFromConfig({ uri: "https://backend.internal" });

    assert.equal(target, "https://backend.internal");
    assert.deepEqual(options, {
      label: undefined,
      connectTo: undefined,
      tls: undefined,
      pool: {},
      health: undefined,
    });
  });

  it("takes every setting over, be it text or a value", () => {
    const { target, options } = channelOptionsFromConfig(
      {
        uri: "https://backend.internal",
        "connect-uri": "unix:/run/backend.sock",
        "server-identity": "spiffe://example.org/backend",
        "client-identity": "spiffe://example.org/me",
        "n-subchannels-want": "4",
        "n-subchannels-max": 8,
        "n-subchannels-healthy-min": 3,
        "n-subchannels-healthy-critical-min": "0",
        "log-unhealthy-initial-delay": "1m30s",
        "log-unhealthy-repeat-delay": "none",
        "health-check-enable": "true",
        "health-check-path": "/ready",
        "health-check-timeout": "2s",
        "health-check-interval": "5s",
      },
      { label: "backend", identityOf: (identity) => ({ cert: `certificate of ${identity}` }) },
    );

    assert.equal(target, "https://backend.internal");
    assert.deepEqual(options, {
      label: "backend",
      connectTo: "unix:/run/backend.sock",
      tls: { cert: "certificate of spiffe://example.org/me", identity: "spiffe://example.org/backend" },
      pool: {
        wanted: 4,
        max: 8,
        healthyMin: 3,
        criticalMin: 0,
        logUnhealthyAfterMs: 90_000,
        logUnhealthyEveryMs: Infinity,
      },
      health: { kind: "http", path: "/ready", timeoutMs: 2_000, intervalMs: 5_000 },
    });
  });

  it("knows no name where only an address and an identity are given", () => {
    const { target, options } = channelOptionsFromConfig({
      "connect-uri": "https://10.0.0.7:8443",
      "server-identity": "spiffe://example.org/backend",
    });

    assert.deepEqual([target, options.connectTo], ["https://_", "https://10.0.0.7:8443"]);
    assert.deepEqual(options.tls, { identity: "spiffe://example.org/backend" });
  });

  const wrong: readonly (readonly [config: Record<string, unknown>, message: RegExp])[] = [
    [{}, /^backend\.uri: expected a uri, or a connect-uri with a server-identity, found neither/],
    [{ "connect-uri": "http://10.0.0.7" }, /^backend\.uri: expected/],
    [{ uri: "" }, /^backend\.uri: expected text/],
    [{ url: "https://a" }, /^backend\.url: there is no such setting, did you mean uri\?/],
    [{ "n-subchannel-want": 3 }, /did you mean n-subchannels-want\?/],
    [{ completely: "different" }, /known are uri, connect-uri/],
    [{ constructor: 1 }, /^backend\.constructor: there is no such setting/],
    [{ "n-subchannels-want": "0" }, /^backend\.n-subchannels-want: expected a whole number of at least 1/],
    [{ "n-subchannels-max": "many" }, /expected a whole number of at least 1, found many/],
    [{ "log-unhealthy-initial-delay": 10 }, /expected a duration such as 10s, or none, found 10/],
    [{ "health-check-interval": "none" }, /expected a duration such as 10s, found none/],
    [{ "health-check-enable": "maybe" }, /expected true or false/],
    [{ uri: "http://a", "health-check-enable": true }, /^backend\.health-check-path: expected a path/],
    [{ uri: "http://a", "health-check-timeout": "1s" }, /^backend\.health-check-path: expected a path/],
    [
      { uri: "http://a", "health-check-enable": false, "health-check-path": "/ready" },
      /^backend\.health-check-enable: expected true/,
    ],
    [{ uri: "http://a", "client-identity": "me" }, /^backend\.client-identity: expected none/],
  ];
  for (const [config, message] of wrong) {
    it(`refuses ${JSON.stringify(config)}`, () => {
      assert.throws(
        () => channelOptionsFromConfig(config, { label: "backend" }),
        (error) => isMillraceError(error, "invalid-options") && message.test(error.message),
      );
    });
  }
});
