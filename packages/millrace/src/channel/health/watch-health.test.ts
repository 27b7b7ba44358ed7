import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sleep } from "../../base/clock.js";
import { fromFunction } from "../../service/from-function.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { emptyBody, Fields, type HttpRequest, type HttpResponse } from "../../wire/index.js";
import type { HealthCheck, HealthVerdict } from "./health-check.js";
import { watchHealth } from "./watch-health.js";

describe("watchHealth", () => {
  it("asks at exact intervals, and takes every failure for one (W20)", async () => {
    await using parts = setup({ kind: "http", path: "/ready", jitter: 0 }, [
      200,
      503,
      200,
      "hang",
      "refused",
    ]);
    await parts.clock.advance(9_000 * 4 + 7_500);

    assert.deepEqual(parts.heard, [
      "0: healthy",
      "9000: 10.0.0.1:80 is unhealthy: status 503",
      "18000: healthy",
      "34500: 10.0.0.1:80 is unhealthy: no answer within 7500ms",
    ]);
    assert.deepEqual(parts.askedAt, [0, 9_000, 18_000, 27_000, 43_500]);
  });

  it("waits for as many results in a row as it is told to", async () => {
    const thresholds = { unhealthyThreshold: 3, healthyThreshold: 2 };
    await using parts = setup(
      { kind: "http", path: "/ready", jitter: 0, intervalMs: 1_000, ...thresholds },
      [200, 503, 503, 200, 503, 503, 503, 200, 503, 200, 200],
    );
    await parts.clock.advance(10_000);

    assert.deepEqual(parts.heard, [
      "0: healthy",
      "6000: 10.0.0.1:80 is unhealthy: status 503",
      "10000: healthy",
    ]);
  });

  it("leaves a share of the interval to chance", async () => {
    await using parts = setup({ kind: "http", path: "/ready", intervalMs: 1_000, jitter: 0.5 });
    await parts.clock.advance(1_499);
    assert.deepEqual(parts.askedAt, [0]);
    await parts.clock.advance(1);

    assert.deepEqual(parts.askedAt, [0, 1_500]);
  });

  it("makes a connection each time for a check of TCP", async () => {
    await using parts = setup({ kind: "tcp", jitter: 0 });
    await parts.clock.advance(0);
    parts.refusing = true;
    await parts.clock.advance(9_000);

    assert.deepEqual(parts.heard, ["0: healthy", "9000: 10.0.0.1:80 is unhealthy: refused"]);
  });

  it("is healthy for good without checks (W20)", async () => {
    await using parts = setup({ kind: "none" });
    assert.deepEqual(parts.heard, []);
    await parts.clock.advance(100_000);

    assert.deepEqual([parts.heard, parts.askedAt], [["0: healthy"], []]);
  });

  it("follows verdicts of one's own, and lets the last stand (W18)", async () => {
    const clock = new VirtualClock();
    await using parts = setup(
      {
        kind: "custom",
        async *watch({ address }, signal): AsyncGenerator<HealthVerdict> {
          yield false;
          await sleep(clock, 100, signal);
          yield true;
          yield true;
          await sleep(clock, 100, signal);
          yield { healthy: false, reason: `${address} is tired` };
        },
      },
      [],
      clock,
    );
    await parts.clock.advance(100_000);

    assert.deepEqual(parts.heard, [
      "0: 10.0.0.1:80 is unhealthy: says its check",
      "100: healthy",
      "200: 10.0.0.1:80 is unhealthy: 10.0.0.1:80 is tired",
    ]);
  });

  it("takes a check of one's own that fails for unhealthy", async () => {
    await using parts = setup({
      kind: "custom",
      // biome-ignore lint/correctness/useYield: it fails before it could
      async *watch(): AsyncGenerator<HealthVerdict> {
        throw new Error("no such check");
      },
    });
    await parts.clock.advance(0);

    assert.deepEqual(parts.heard, ["0: 10.0.0.1:80 is unhealthy: no such check"]);
  });

  for (const kind of ["http", "custom"] as const) {
    it(`ends when it is disposed, with what is under way (${kind})`, async () => {
      let aborted = false;
      const clock = new VirtualClock();
      const check: HealthCheck =
        kind === "http"
          ? { kind, path: "/ready" }
          : {
              kind,
              async *watch(_, signal): AsyncGenerator<HealthVerdict> {
                signal.addEventListener("abort", () => (aborted = true));
                await sleep(clock, 1_000, signal);
                yield true;
              },
            };
      const parts = setup(check, ["hang"], clock);
      await parts.clock.advance(100);
      await parts[Symbol.asyncDispose]();
      await parts.clock.advance(100_000);

      assert.deepEqual(parts.heard, []);
      assert.equal(kind === "custom", aborted);
    });
  }
});

/** Watches a member whose answers are in the test's hands; chance is on the side of the late. */
function setup(
  check: HealthCheck,
  answers: (number | "hang" | "refused")[] = [],
  clock: VirtualClock = new VirtualClock(),
) {
  const heard: string[] = [];
  const askedAt: number[] = [];
  const answer = async (): Promise<HttpResponse> => {
    askedAt.push(clock.now());
    const next = answers.shift() ?? 200;
    if (next === "hang") return new Promise(() => {});
    if (next === "refused") throw new Error("refused");
    return { status: next, reason: "Any", fields: new Fields(), body: emptyBody };
  };
  const parts = { clock, heard, askedAt, refusing: false };
  const watch = watchHealth(
    check,
    {
      address: "10.0.0.1:80",
      host: "backend.test",
      scheme: "http",
      service: fromFunction<HttpRequest, HttpResponse>(answer),
      tryConnection: async () => {
        if (parts.refusing) throw new Error("refused");
      },
    },
    {
      clock,
      random: () => 1,
      healthy: () => void heard.push(`${clock.now()}: healthy`),
      unhealthy: (error) => void heard.push(`${clock.now()}: ${error.message}`),
    },
  );
  const dispose = async () => {
    await watch[Symbol.asyncDispose]();
    assert.equal(clock.pending, 0);
  };
  return Object.assign(parts, { [Symbol.asyncDispose]: dispose });
}
