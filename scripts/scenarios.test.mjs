// Tower's own tests, by module and scenario. Each is proven here by a test of that name:
// `T-<module> <scenario>: <what we promise>`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { filesUnder } from "./root.mjs";

/** @type {Readonly<Record<string, readonly string[]>>} */
const scenarios = {
  backoff: ["first base", "jitter finite"],
  balance: ["empty is pending", "single endpoint", "stress", "two endpoints with equal load share"],
  budget: ["empty", "leaky", "reserve of 5", "slots"],
  buffer: [
    "cancelled requests cleared",
    "inner fails",
    "inner not ready",
    "permits not leaked",
    "request and response",
    "trace span propagates",
    "waiters woken on close and on failure",
    "waits for capacity",
    "worker dropped early",
  ],
  concurrency: [
    "dropped call releases",
    "dropping service frees capacity",
    "error releases",
    "many waiters",
    "request without capacity",
    "reserved capacity counts without a request",
    "with explicit ready",
    "without explicit ready",
  ],
  filter: ["passes", "rejects"],
  hedge: ["completes before hedge", "hedge first", "not clonable", "not retryable", "original first"],
  "load-shed": ["not ready is overloaded", "ready passes"],
  mock: ["allow", "assert request", "layer spawn", "pair", "send error"],
  "peak-ewma": ["compound decay", "default decay", "nanosecond scaling"],
  pending: ["counts"],
  rate: ["one per 100 ms", "window boundary resets"],
  "ready-cache": [
    "cancellation observed",
    "duplicate key by index",
    "error after promote",
    "evict pending then error",
    "evict ready then error",
    "inner failure",
    "not ready",
    "promotion",
    "push after evict",
  ],
  retry: [
    "error inspection",
    "limit",
    "mutating policy",
    "retries errors",
    "success with uncloneable",
    "uncloneable",
  ],
  "spawn-ready": ["abort on drop", "fails", "not ready", "spans"],
  steer: ["correct pick", "pending until all ready"],
  util: [
    "builder stack",
    "call_all ordered",
    "call_all pending",
    "call_all ready error",
    "call_all stream does not block",
    "call_all unordered",
    "oneshot drives readiness",
    "service_fn",
  ],
};

describe("tower's scenarios", () => {
  const wanted = Object.entries(scenarios).flatMap(([module, names]) =>
    names.map((name) => `T-${module} ${name}`),
  );
  const found = new Set(
    filesUnder("packages/millrace/src", ".test.ts").flatMap(
      (path) => readFileSync(path, "utf8").match(/(?<=\bit\(["`])T-[^:]+(?=:)/g) ?? [],
    ),
  );

  it("are all tested under their names", () => {
    assert.deepEqual(
      wanted.filter((name) => !found.has(name)),
      [],
    );
  });

  it("are all listed here", () => {
    assert.deepEqual(
      [...found].filter((name) => !wanted.includes(name)),
      [],
    );
  });
});
