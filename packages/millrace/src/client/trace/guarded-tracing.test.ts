import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createContext } from "../../service/context.js";
import { type Fault, faults } from "../../service/fault.js";
import { MockService } from "../../testing/mock-service.js";
import { attemptSpans } from "./attempt-span.js";
import { requestSpan } from "./request-span.js";
import { traceSettings } from "./settings.js";
import type { Span, Tracing } from "./tracing.js";

const broken = () => {
  throw new Error("broken");
};
const brokenSpan: Span = {
  get trace() {
    return broken();
  },
  set: broken,
  fail: broken,
  end: broken,
};
const tracings: [string, Tracing][] = [
  ["starts no span", { start: broken, run: (_span, work) => work() }],
  ["makes spans that throw", { start: () => brokenSpan, run: (_span, work) => work() }],
];

describe("a tracing system that throws", () => {
  for (const [what, tracing] of tracings) {
    it(`does no harm to calls when it ${what}, and is told of as a fault`, async () => {
      const told: Fault[] = [];
      using _listener = faults.subscribe((fault) => told.push(fault));
      const inner = new MockService<string, { status: number }>();
      const attempts = attemptSpans<string, { status: number }>()(inner);
      const service = requestSpan<string, { status: number }>(traceSettings({ tracing }))(attempts);
      const good = service.call("ping", createContext());
      inner.last.respond({ status: 200 });
      const bad = service.call("ping", createContext());
      inner.last.fail(new Error("reset"));

      assert.deepEqual(await good, { status: 200 });
      await assert.rejects(bad, /reset/);
      assert.ok(told.length > 0);
    });
  }
});
