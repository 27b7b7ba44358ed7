import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as promClient from "prom-client";
import { createTopic } from "../base/events.js";
import type { MetricSink } from "../base/metric-sink.js";
import { type HandoffEvent, openHandoff } from "../handoff/index.js";
import { openHandoffMetrics } from "./open-handoff-metrics.js";
import { createPrometheusSink } from "./prometheus.js";

describe("openHandoffMetrics", () => {
  it("measures an upgrade: who serves, what is left, how long it took", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "mr-metrics-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const registry = new promClient.Registry();
    const handoffs: Awaited<ReturnType<typeof openHandoff>>[] = [];
    const sink = createPrometheusSink(promClient, registry);
    const metrics = openHandoffMetrics({ sink, handoffs: () => handoffs });
    const shared = {
      name: "metered",
      folder: join(folder, "run"),
      addresses: ["127.0.0.1:0"],
      probationMs: 0,
    };
    await using first = await openHandoff({ ...shared, release: "1.0" });
    handoffs.push(first);
    await first.ready();
    const before = await registry.metrics();
    await using second = await openHandoff({ ...shared, release: "2.0" });
    await second.ready();
    await first.ended;
    handoffs.splice(0, 1, second);
    const after = await registry.metrics();
    const one = 'name="metered",generation="1",release="1.0",phase="serving",way="bind"';
    const two = 'name="metered",generation="2",release="2.0",phase="serving",way="pass"';

    assert.equal(readingOf(before, `handoff_generation{name="metered"}`), 1);
    assert.equal(readingOf(before, `handoff_connections{${one}}`), 0);
    assert.equal(readingOf(after, `handoff_generation{name="metered"}`), 2);
    assert.equal(readingOf(after, `handoff_connections{${two}}`), 0);
    assert.ok(readingOf(after, `handoff_age_seconds{${two}}`) >= 0);
    assert.ok(!after.includes(one));
    for (const outcome of ["started", "switched", "proven"])
      assert.equal(readingOf(after, `handoff_upgrades{name="metered",outcome="${outcome}"}`), 1, after);
    for (const [phase, times] of [
      ["starting", 2],
      ["serving", 1],
      ["standby", 1],
      ["draining", 1],
    ] as const) {
      const count = `handoff_phase_duration_seconds_count{name="metered",phase="${phase}"}`;
      assert.equal(readingOf(after, count), times, phase);
    }
    assert.equal(
      readingOf(after, 'handoff_upgrade_duration_seconds_count{name="metered",outcome="proven"}'),
      1,
    );
    metrics[Symbol.dispose]();
    assert.equal((await registry.metrics()).trim(), "");
  });

  it("counts what goes wrong, in seconds and connections, and nothing once it is disposed of", () => {
    const heard: unknown[] = [];
    const note = ({ name }: { name: string }) => ({
      record: (value: number, labels: object) => void heard.push([name, value, labels]),
      [Symbol.dispose]: () => undefined,
    });
    const gauge = () => ({ [Symbol.dispose]: () => undefined });
    const sink: MetricSink = { histogram: note, counter: note, upDownCounter: note, gauge };
    const topic = createTopic<HandoffEvent>("millrace.handoff");
    const teller = { name: "shop", generation: 1 };
    const metrics = openHandoffMetrics({ sink });
    topic.publish({ ...teller, type: "cut", connections: 3 });
    topic.publish({ ...teller, type: "refused", reason: "a line that is not JSON" });
    topic.publish({ ...teller, type: "upgrade-failed", pid: 1, release: "2.0", reason: "it has died" });
    topic.publish({ ...teller, type: "upgrade-switched", pid: 1, release: "2.0", tookMs: 1_500 });
    metrics[Symbol.dispose]();
    topic.publish({ ...teller, type: "cut", connections: 3 });

    assert.deepEqual(heard, [
      ["handoff_connections_cut", 3, { name: "shop" }],
      ["handoff_refused", 1, { name: "shop" }],
      ["handoff_upgrades", 1, { name: "shop", outcome: "failed" }],
      ["handoff_upgrades", 1, { name: "shop", outcome: "switched" }],
      ["handoff_upgrade_duration", 1.5, { name: "shop", outcome: "switched" }],
    ]);
  });
});

/** The value of the line that begins so. */
function readingOf(text: string, start: string): number {
  const line = text.split("\n").find((each) => each.startsWith(start));
  return Number(line?.slice(line.lastIndexOf(" ") + 1));
}
