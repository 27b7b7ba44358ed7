// The tables of guides/configuration.md against the schema: every key, every default, and the example.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { daemonSchema } from "../packages/proxy/dist/config/daemon.js";
import { daemonConfig } from "../packages/proxy/dist/config/daemon-config.js";
import { handoffFields } from "../packages/proxy/dist/config/handoff.js";
import { healthCheckFields } from "../packages/proxy/dist/config/health-check.js";
import { createLiveConfig } from "../packages/proxy/dist/config/live-config.js";
import { parseConfig } from "../packages/proxy/dist/config/parse.js";
import { serverSpecSchema } from "../packages/proxy/dist/config/server-spec.js";
import { tunableSections } from "../packages/proxy/dist/config/tunables.js";

const page = readFileSync(new URL("guides/configuration.md", import.meta.url), "utf8");

/** First and second cell of every table row that begins with a key. */
const told = new Map(
  [...page.matchAll(/^\| `([\w.[\]]+)` \| (.*?) \|/gm)].map((match) => [match[1], match[2]]),
);

const handoffKeys = Object.keys(handoffFields).map((key) => `handoff.${key}`);

describe("the configuration guide", () => {
  it("tells each live setting with its default", () => {
    const live = flatten(createLiveConfig().document).map(([key, value]) => [key, `\`${shown(value)}\``]);

    assert.deepEqual(
      live.map(([key]) => [key, told.get(String(key))]),
      live,
    );
  });

  it("tells each setting of the process", () => {
    const keys = Object.keys(daemonSchema.shape).filter((key) => !(key in tunableSections));
    const expected = keys.flatMap((key) => (key === "log" ? ["log.level", "log.format"] : [key]));
    expected.push(...handoffKeys);

    assert.deepEqual(
      expected.filter((key) => !told.has(key)),
      [],
    );
    const { listen, admin, log, servers } = daemonSchema.parse({});
    const defaults = { listen, admin, "log.level": log.level, "log.format": log.format, servers };
    for (const [key, value] of Object.entries(defaults)) assert.equal(told.get(key), `\`${shown(value)}\``);
  });

  it("tells what a server may say", () => {
    const expected = Object.keys(serverSpecSchema.shape).map((key) => `servers[].${key}`);
    const checks = Object.keys(healthCheckFields).map((key) => `healthCheck.${key}`);

    assert.deepEqual(
      [...expected, ...checks].filter((key) => !told.has(key)),
      [],
    );
  });

  it("tells nothing that is not there", () => {
    const live = flatten(createLiveConfig().document).map(([key]) => key);
    const own = [...Object.keys(daemonSchema.shape), "log.level", "log.format", ...handoffKeys];
    const known = new Set([...live, ...own]);

    assert.deepEqual(
      [...told.keys()].filter((key) => !known.has(String(key)) && !/^(servers|listen)\[\]/.test(String(key))),
      [],
    );
  });

  it("has an example that the proxy accepts", () => {
    const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
    const config = daemonConfig(parseConfig(example, "example.yaml"));

    assert.equal(config.servers.length, 2);
  });
});

/** @returns {[string, unknown][]} */
function flatten(/** @type {object} */ document, prefix = "") {
  return Object.entries(document).flatMap(([key, value]) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? flatten(value, `${prefix}${key}.`)
      : [/** @type {[string, unknown]} */ ([prefix + key, value])],
  );
}

function shown(/** @type {unknown} */ value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}
