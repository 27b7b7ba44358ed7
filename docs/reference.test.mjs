// The tables of the reference and the guides against the code: metrics, reasons, rules, codes, endpoints, flags.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { metricsText } from "../packages/proxy/dist/admin/metrics/metrics.js";
import { adminRoutes } from "../packages/proxy/dist/admin/routes.js";
import { exitCodes } from "../packages/proxy/dist/cli/exit.js";
import { failureReasons } from "../packages/proxy/dist/ipc/report.js";
import { noServerTotals, noTotals } from "../packages/proxy/dist/stats/totals.js";

const errors = read("reference/errors.md");
const security = read("guides/security.md");
const metrics = read("reference/metrics.md");
const operations = read("guides/operations.md");
const poolApi = read("guides/pool-api.md");

describe("the reference", () => {
  it("tells each metric with its type, and no other", async () => {
    const { raw } = await metricsText(/** @type {any} */ (parts()), /** @type {any} */ (reading()));
    const types = [...raw.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((match) => `${match[1]} ${match[2]}`);
    const told = [...metrics.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map((match) => `${match[1]} ${match[2]}`);

    assert.deepEqual(told.sort(), types.sort());
  });

  it("tells each label of a metric", async () => {
    const { raw } = await metricsText(/** @type {any} */ (parts()), /** @type {any} */ (reading()));
    const labels = new Set([...raw.matchAll(/[{,](\w+)=/g)].map((match) => String(match[1])));
    labels.delete("le");

    assert.deepEqual(
      [...labels].filter((label) => !metrics.includes(`\`${label}\``)),
      [],
    );
  });

  it("tells each reason of a failed request", () => {
    assert.deepEqual(firstCells(section(errors, "Reasons of the proxy")), [...failureReasons]);
  });

  it("tells each code and each phase of an error", () => {
    const source = readSource("millrace/src/base/errors.ts");
    const codes = unionOf(source, "ErrorCode");

    assert.deepEqual(firstCells(section(errors, "Codes")), codes);
    assert.deepEqual(
      firstCells(section(errors, "Phases of a timeout")).sort(),
      unionOf(source, "TimeoutPhase").sort(),
    );
  });

  it("tells each rule of the protocol", () => {
    const rules = unionOf(readSource("millrace/src/wire/h1/protocol-error.ts"), "ProtocolRule");

    assert.deepEqual([...new Set(firstCells(section(security, "Refused by rule")))], rules);
  });

  it("tells each endpoint of the admin API", () => {
    const endpoints = adminRoutes(/** @type {any} */ ({})).map(({ method, path }) => `${method} ${path}`);

    assert.deepEqual(
      endpoints.filter(
        (endpoint) => !poolApi.includes(`\`${endpoint}`) && !poolApi.includes(`${endpoint}\``),
      ),
      [],
    );
  });

  it("tells each exit code", () => {
    const told = [...section(operations, "Exit codes").matchAll(/^\| (\d[\d, ]*) \|/gm)].map(
      (match) => match[1],
    );

    assert.deepEqual(told, ["0", ...Object.values(exitCodes).map(String), "130, 143"]);
  });

  it("tells each flag of the proxy", () => {
    const bin = fileURLToPath(new URL("../packages/proxy/bin/millrace.js", import.meta.url));
    const { stdout } = spawnSync(process.execPath, [bin, "proxy", "--help"], { encoding: "utf8" });
    const flags = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map((match) => String(match[1]));
    const configuration = read("guides/configuration.md");

    assert.ok(flags.length > 5, stdout);
    assert.deepEqual(
      flags.filter((flag) => flag !== "--help" && !configuration.includes(flag)),
      [],
    );
  });
});

describe("ARCHITECTURE.md", () => {
  it("names files that exist", () => {
    const listed = spawnSync("git", ["ls-files"], { cwd: new URL("../", import.meta.url), encoding: "utf8" });
    const files = listed.stdout.split("\n").map((file) => `/${file}`);
    const named = [...read("../ARCHITECTURE.md").matchAll(/`([\w./-]+\.(?:ts|mjs|js|json))`/g)];

    assert.ok(named.length > 40);
    assert.deepEqual(
      named
        .map((match) => String(match[1]))
        .filter((name) => !files.some((file) => file.endsWith(`/${name}`))),
      [],
    );
  });
});

function read(/** @type {string} */ page) {
  return readFileSync(new URL(page, import.meta.url), "utf8");
}

function readSource(/** @type {string} */ file) {
  return readFileSync(new URL(`../packages/${file}`, import.meta.url), "utf8");
}

/** The text below a heading, up to the next of any level. */
function section(/** @type {string} */ text, /** @type {string} */ heading) {
  const [, below = ""] = text.split(new RegExp(`^#+ ${heading}$`, "m"));
  return below.split(/^#+ /m)[0] ?? "";
}

/** The names in the first cells of a table. */
function firstCells(/** @type {string} */ text) {
  const rows = [...text.matchAll(/^\| (`.*?`) \|/gm)].map((match) => String(match[1]));
  return rows.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => String(match[1])));
}

/** The words of a union type, from its source. */
function unionOf(/** @type {string} */ source, /** @type {string} */ name) {
  const [, body = ""] = new RegExp(`export type ${name} =([\\s\\S]*?);`).exec(source) ?? [];
  return [...body.matchAll(/"([\w-]+)"/g)].map((match) => String(match[1]));
}

/** One server, one worker, one of everything that is counted. */
function reading() {
  const report = { pid: 1, revision: 1, memory: { rssBytes: 1, heapBytes: 1 }, cpuMs: 1 };
  const totals = {
    ...noTotals,
    byStatus: new Map([[200, 1]]),
    failures: new Map([["no-server", 1]]),
    servers: new Map([["a:80", noServerTotals]]),
  };
  return { totals, reports: [report] };
}

function parts() {
  const server = { id: "a:80", host: "a", port: 80, weight: 1, healthy: true, duty: { state: "serving" } };
  const status = [{ pid: 1, state: "ready", revision: 1, restarts: 0 }];
  const records = { certificates: [{ address: "a:443", expiresAt: 0, stale: false }] };
  return { pool: { revision: 1, servers: new Map([[server.id, server]]) }, fleet: { status }, records };
}
