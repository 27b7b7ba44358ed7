// Runs every example and holds it to what it prints.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

/** The lines that each example prints, one pattern a line. */
const printed = {
  "conjure-generated-client.mjs": [
    /^put after 3 requests$/,
    /^\{"widgetId":"gear\/1","sizes":\[3,5\]\}$/,
    /^404: no widget gear\/2$/,
    /^400: Default:InvalidArgument$/,
    /^3 and 5$/,
  ],
  "handoff-express.mjs": [
    /^generation 1$/,
    /^generation 2$/,
    /^the first has left with 0$/,
    /^the second was stopped, and ended with 0$/,
  ],
  "handoff-fastify.mjs": [
    /^generation 1$/,
    /^generation 2$/,
    /^the first has left with 0$/,
    /^the second was stopped, and ended with 0$/,
  ],
  "handoff-node-http.mjs": [
    /^generation 1$/,
    /^generation 2$/,
    /^the first has left with 0$/,
    /^the second was stopped, and ended with 0$/,
  ],
  "http-channel.mjs": [
    /^backend is healthy$/,
    /^fetch: answered by [23] servers; request: 200 1 byte$/,
    /^200 calls while a server goes: 0 failed$/,
    /^diagnostics: \d of 3 addresses had errors$/,
  ],
  "http-server-and-pool.mjs": [
    /^200: GET \/a\?b=c$/,
    /^200: POST \/orders two of them$/,
    /^connections: 1 open, 1 idle$/,
    /^20 answers over 4 connections$/,
  ],
  "layer-concurrency-limit.mjs": [
    /^four calls, two places: a b run; ready: false$/,
    /^c leaves the line: tired$/,
    /^a fails, and gives its place on: a b d$/,
    /^all are answered; ready: true$/,
  ],
  "layer-load-shed.mjs": [/^outside: overloaded$/, /^inside: waits$/],
  "layer-map.mjs": [/^the root is 4$/, /^failed: RangeError: -1 has no root$/],
  "layer-timeout.mjs": [
    /^late: no response within 100 ms, the peer was told: true$/,
    /^at the last moment: pong$/,
    /^timers left: 0$/,
  ],
  "layers-stack.mjs": [
    /^a burst of 6: 2 answered, 2 overloaded, 2 timeout$/,
    /^50 more: 50 answered, 0 of them by the slow member$/,
  ],
  "proxy-quickstart.mjs": [
    /^the proxy runs$/,
    /^without a server: 503, retry after 1 s$/,
    /^added http:\/\/127\.0\.0\.1:\d+: 201, known to 2 of 2 workers$/,
    /^GET \/: 200 hello from the origin$/,
    /^GET \/large: 200, 1048576 bytes$/,
    /^POST \/echo: 200 "round trip"$/,
    /^counted: 3 answered, 1 failed$/,
    /^removed: 200$/,
    /^the proxy ended with 0$/,
  ],
  "readiness.mjs": [
    /^\/ready: 200 OK$/,
    /^\/: 200 backend: \/orders$/,
    /^\/ready: 503 waiting for orders$/,
    /^\/ready: 200 OK$/,
  ],
  "service-client.mjs": [
    /^widget a\/b from the first node, after 2 requests$/,
    /^no success: GET \/nothing answered 404$/,
    /^now from the second node$/,
    /^services\.yaml:4:19: services\.widgets\.read-timeout: expected a duration such as "10s", found "soon"$/,
    /^still from the second node$/,
  ],
  "tracing-to-memory.mjs": [
    /^200: hello$/,
    /^millrace: request, success$/,
    /^ {2}millrace: attempt, failure$/,
    /^ {4}millrace: acquire-permit$/,
    /^ {4}millrace: wait-for-headers, failure, told to the server$/,
    /^ {4}millrace: wait-for-body$/,
    /^ {2}millrace: backoff-with-jitter$/,
    /^ {2}millrace: attempt, success$/,
    /^ {4}millrace: acquire-permit$/,
    /^ {4}millrace: wait-for-headers, success, told to the server$/,
    /^ {4}millrace: wait-for-body$/,
  ],
  "virtual-clock.mjs": [
    /^after 59999 ms the call is open$/,
    /^after 60000 ms it has timed out: no response within 60000 ms$/,
    /^timers left: 0$/,
  ],
  "websocket-through-proxy.mjs": [/^switched to websocket$/, /^echo: hello through the tunnel$/, /^closed$/],
};

const folder = new URL("./", import.meta.url);

describe("the examples", () => {
  it("are all listed here", () => {
    const present = readdirSync(folder).filter(
      (name) => name.endsWith(".mjs") && !name.endsWith(".test.mjs"),
    );

    assert.deepEqual(present.sort(), Object.keys(printed));
  });

  for (const [name, patterns] of Object.entries(printed)) {
    it(`${name} prints what it is said to print, and ends by itself`, () => {
      const file = fileURLToPath(new URL(name, folder));
      const { status, stdout, stderr } = spawnSync(process.execPath, [file], {
        encoding: "utf8",
        timeout: 60_000,
      });

      assert.equal(status, 0, stderr);
      const lines = stdout.trimEnd().split("\n");
      assert.equal(lines.length, patterns.length, stdout);
      for (const [index, pattern] of patterns.entries()) assert.match(lines[index] ?? "", pattern);
    });
  }
});
