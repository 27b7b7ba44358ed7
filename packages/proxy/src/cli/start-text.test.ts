import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { GenerationStatus } from "millrace/handoff";
import { daemonConfig } from "../config/daemon-config.js";
import { regent } from "../handoff/name.js";
import { startText } from "./start-text.js";

describe("startText", () => {
  it("says where it listens, and what to type next while the pool is empty", () => {
    const text = firstLines([]);

    assert.match(
      text,
      /^millrace \S+ is running\n {2}traffic {2}http:\/\/127\.0\.0\.1:8080\n {2}admin {4}none\n$/,
    );
  });

  it("says whom it has taken over from", () => {
    assert.match(
      firstLines(["2.0.0", "1.0.0"]),
      /^millrace \S+ is running, and has taken over from process 1 \(1\.0\.0\); that finishes what it has begun\n/,
    );
    assert.match(
      firstLines(["2.0.0", regent]),
      /^millrace \S+ is running, and has taken over from worker 1, whose manager has died; /,
    );
  });
});

/** The text of a proxy with these generations, the newest first. */
function firstLines(releases: readonly string[]): string {
  const generations = releases.map(
    (release, pid): GenerationStatus => ({
      generation: 1,
      release,
      pid,
      phase: "serving",
      connections: 0,
      ageMs: 1,
      way: "pass",
    }),
  );
  const addresses = [{ host: "127.0.0.1", port: 8080 }];
  const proxy = { addresses, admin: undefined, servers: 0, handoff: { status: { generations } } };
  return startText(proxy, daemonConfig({}));
}
