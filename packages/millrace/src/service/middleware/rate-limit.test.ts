import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MockService } from "../../testing/mock-service.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { createContext } from "../context.js";
import { type RateLimitOptions, rateLimit } from "./rate-limit.js";

describe("rateLimit", () => {
  for (const algorithm of ["fixed-window", "token-bucket"] as const) {
    it(`T-rate one per 100 ms: holds the second of one per 100 ms back until they have passed (${algorithm})`, async () => {
      const { clock, inner, service } = setup({ calls: 1, perMs: 100, algorithm });
      void service.call("a", createContext());
      void service.call("b", createContext());
      assert.equal(service.ready, false);
      await clock.advance(99);
      assert.equal(inner.calls.length, 1);
      await clock.advance(1);

      assert.equal(inner.calls.length, 2);
    });
  }

  it("T-rate window boundary resets: lets the whole of a fixed window start at once, and resets it fully at the next", async () => {
    const { clock, inner, service } = setup({ calls: 2, perMs: 100, algorithm: "fixed-window" });
    void service.call("a", createContext());
    await clock.advance(100);
    for (const name of ["b", "c", "d"]) void service.call(name, createContext());
    assert.equal(inner.calls.length, 3);
    await clock.advance(100);

    assert.equal(inner.calls.length, 4);
  });

  it("gives a token bucket no burst at the edge of a window", async () => {
    const { clock, inner, service } = setup({ calls: 10, perMs: 1000 });
    for (let count = 0; count < 30; count += 1) void service.call("x", createContext());
    const started: number[] = [];
    for (let ms = 0; ms < 1000; ms += 100) {
      started.push(inner.calls.length);
      await clock.advance(100);
    }

    assert.deepEqual(started, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("lets a burst start after a quiet time", async () => {
    const { clock, inner, service } = setup({ calls: 10, perMs: 1000, burst: 3 });
    await clock.advance(5000);
    for (let count = 0; count < 5; count += 1) void service.call("x", createContext());
    assert.equal(inner.calls.length, 3);
    await clock.advance(100);

    assert.equal(inner.calls.length, 4);
  });

  it("never lets more than its calls and one burst start in any span", async () => {
    const script = fc.array(fc.tuple(fc.nat(15), fc.nat(700)), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 5 }),
        script,
        async (calls, burst, steps) => {
          const clock = new VirtualClock();
          const times: number[] = [];
          const service = rateLimit<string, string>({ calls, perMs: 500, burst, clock })({
            ready: true,
            whenReady: () => Promise.resolve(),
            call: () => Promise.resolve(String(times.push(clock.now()))),
          });
          let made = 0;
          for (const [count, pauseMs] of steps) {
            for (let index = 0; index < count; index += 1) void service.call("x", createContext());
            made += count;
            await clock.advance(pauseMs);
          }
          await clock.advance(500 * (made + 1));
          assert.equal(times.length, made);
          for (const from of times) {
            const within = times.filter((time) => time >= from && time < from + 500 - 1e-3).length;
            assert.ok(within <= calls + burst, `${within} in a span`);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it("charges nothing for a call that is aborted in line, and stops its timer", async () => {
    const { clock, inner, service } = setup({ calls: 1, perMs: 100 });
    void service.call("a", createContext());
    const caller = createContext();
    const left = service.call("b", caller);
    caller.abort(new Error("tired"));
    await assert.rejects(left, /tired/);
    assert.equal(clock.pending, 0);
    await clock.advance(100);
    void service.call("c", createContext());

    assert.deepEqual(
      inner.calls.map(({ request }) => request),
      ["a", "c"],
    );
  });

  it("becomes ready when a call may start again", async () => {
    const { clock, service } = setup({ calls: 1, perMs: 100 });
    void service.call("a", createContext());
    const waiting = service.whenReady();
    await clock.advance(100);

    await waiting;
    assert.equal(service.ready, true);
  });

  it("waits for the inner service, too", async () => {
    const { inner, service } = setup({ calls: 1000 });
    inner.allow(0);
    assert.equal(service.ready, false);
    void service.call("a", createContext());
    await service.whenReady(AbortSignal.abort("not now")).catch((reason) => assert.equal(reason, "not now"));
    assert.equal(inner.waiting, 0);
  });

  it("rejects options out of their range", () => {
    const wrong: [Partial<RateLimitOptions>, RegExp][] = [
      [{ calls: 0 }, /rateLimit\.calls/],
      [{ perMs: 0 }, /rateLimit\.perMs/],
      [{ burst: 0.5 }, /rateLimit\.burst/],
      [{ algorithm: "leaky" as "token-bucket" }, /rateLimit\.algorithm: .* found leaky/],
    ];
    for (const [options, message] of wrong) assert.throws(() => rateLimit({ calls: 1, ...options }), message);
  });
});

function setup(options: RateLimitOptions) {
  const clock = new VirtualClock();
  const inner = new MockService<string, string>();
  return { clock, inner, service: rateLimit<string, string>({ clock, ...options })(inner) };
}
