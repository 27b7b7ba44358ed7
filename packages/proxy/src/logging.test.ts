import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLog } from "./logging.js";

describe("createLog", () => {
  it("writes lines for people", () => {
    const { lines, destination } = collect();
    createLog({ level: "info", format: "text", destination }).warn(
      { server: "a:80", reason: "status 503" },
      "server is down",
    );

    assert.match(lines[0]!, /^\d\d:\d\d:\d\d WARN {2}server is down server=a:80 reason="status 503"\n$/);
  });

  it("writes JSON for programs", () => {
    const { lines, destination } = collect();
    createLog({ level: "info", format: "json", destination }).info({ pid: 7 }, "worker is ready");
    const { level, pid, msg } = JSON.parse(lines[0]!) as Record<string, unknown>;

    assert.deepEqual({ level, pid, msg }, { level: "info", pid: 7, msg: "worker is ready" });
  });

  it("writes the stack of an error", () => {
    const { lines, destination } = collect();
    createLog({ level: "info", format: "text", destination }).error({ err: new Error("broken") }, "failed");

    assert.match(lines[0]!, /ERROR failed\n {2}Error: broken\n/);
  });

  it("writes nothing below its level", () => {
    const { lines, destination } = collect();
    createLog({ level: "warn", format: "json", destination }).info({}, "quiet");

    assert.deepEqual(lines, []);
  });
});

function collect() {
  const lines: string[] = [];
  return { lines, destination: { write: (line: string) => void lines.push(line) } };
}
