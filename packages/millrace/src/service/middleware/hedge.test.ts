import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { MockBodies } from "../../testing/mock-bodies.js";
import { MockService } from "../../testing/mock-service.js";
import { settle, VirtualClock } from "../../testing/virtual-clock.js";
import { createContext } from "../context.js";
import { faults } from "../fault.js";
import type { HedgeEvent } from "../hedge/policy.js";
import { type HedgeOptions, hedge } from "./hedge.js";

describe("hedge", () => {
  it("T-hedge original first: gives the answer of the original when that comes first, and aborts the hedge", async () => {
    const { clock, inner, service } = setup();
    const response = service.call("ping", createContext());
    await clock.advance(10);
    assert.equal(inner.calls.length, 2);
    inner.calls[0]!.respond("original");

    assert.equal(await response, "original");
    assert.ok(isMillraceError(inner.calls[1]!.context.reason, "aborted"));
    assert.equal(inner.calls[0]!.context.aborted, false);
  });

  it("T-hedge hedge first: gives the answer of the hedge when that comes first, and aborts the original", async () => {
    const { clock, inner, service } = setup();
    const response = service.call("ping", createContext());
    await clock.advance(10);
    inner.calls[1]!.respond("hedge");

    assert.equal(await response, "hedge");
    assert.ok(isMillraceError(inner.calls[0]!.context.reason, "aborted"));
    assert.deepEqual(
      inner.calls.map(({ context }) => context.attempt),
      [1, 2],
    );
  });

  it("T-hedge completes before hedge: sends no hedge when the original completes before", async () => {
    const { clock, inner, service } = setup();
    const response = service.call("ping", createContext());
    await clock.advance(9);
    inner.last.respond("pong");
    await response;
    assert.equal(clock.pending, 0);
    await clock.advance(100);

    assert.equal(inner.calls.length, 1);
  });

  it("T-hedge not retryable: sends no hedge of a request that must not reach the peer twice", async () => {
    const { clock, inner, service, events } = setup({ policy: { shouldHedge: () => false } });
    const response = service.call("ping", createContext());
    await clock.advance(100);
    inner.last.respond("pong");

    assert.equal(await response, "pong");
    assert.equal(inner.calls.length, 1);
    assert.deepEqual(events, ["not-wanted"]);
  });

  it("T-hedge not clonable: sends no hedge of a request that cannot be sent again", async () => {
    const policy = { shouldHedge: () => true, again: () => undefined };
    const { clock, inner, service, events } = setup({ policy });
    const response = service.call("ping", createContext());
    await clock.advance(100);
    inner.last.respond("pong");

    assert.equal(await response, "pong");
    assert.equal(inner.calls.length, 1);
    assert.deepEqual(events, ["not-repeatable"]);
  });

  it("sends no hedge without budget", async () => {
    const { clock, inner, service, events } = setup({ budget: { deposit() {}, withdraw: () => false } });
    void service.call("ping", createContext());
    await clock.advance(100);

    assert.equal(inner.calls.length, 1);
    assert.deepEqual(events, ["budget-exhausted"]);
  });

  it("learns from the period before how long is long", async () => {
    const options = { delayMs: undefined, percentile: 0.9, minimumCalls: 10, periodMs: 60_000 };
    const { clock, inner, service } = setup(options);
    const answerIn = async (ms: number) => {
      const response = service.call("ping", createContext());
      await clock.advance(ms);
      inner.last.respond("pong");
      await response;
    };
    for (const ms of [1, 1, 1, 1, 1, 1, 1, 1, 10, 10]) await answerIn(ms);
    await answerIn(100);
    assert.equal(inner.calls.length, 11);
    await clock.advance(60_000);
    void service.call("ping", createContext());
    await clock.advance(9);
    assert.equal(inner.calls.length, 12);
    await clock.advance(2);

    assert.equal(inner.calls.length, 13);
  });

  it("lets the first to finish win, be it with an error", async () => {
    const { clock, inner, service } = setup();
    const response = service.call("ping", createContext());
    await clock.advance(10);
    inner.calls[1]!.fail(new Error("broken"));

    await assert.rejects(response, /broken/);
    assert.ok(inner.calls[0]!.context.aborted);
  });

  it("lets the first success win when told so, and fails when both have", async () => {
    const { clock, inner, service } = setup({ winner: "first-success" });
    const response = service.call("ping", createContext());
    await clock.advance(10);
    inner.calls[1]!.fail(new Error("broken"));
    await settle();
    inner.calls[0]!.respond("pong");
    assert.equal(await response, "pong");
    const failed = service.call("ping", createContext());
    await clock.advance(10);
    inner.calls[2]!.fail(new Error("one"));
    inner.calls[3]!.fail(new Error("other"));

    await assert.rejects(failed, /other/);
  });

  it("discards the answer of a copy that lost", async () => {
    const discarded: string[] = [];
    const policy = { shouldHedge: () => true, discard: (response: string) => void discarded.push(response) };
    const { clock, inner, service } = setup({ policy }, new MockService({ deaf: true }));
    const response = service.call("ping", createContext());
    await clock.advance(10);
    inner.calls[1]!.respond("quick");
    await response;
    inner.calls[0]!.respond("slow");
    await settle();

    assert.deepEqual(discarded, ["slow"]);
  });

  it("ends both copies when the caller gives up, and sends none after", async () => {
    const { clock, inner, service } = setup();
    const caller = createContext();
    const response = service.call("ping", caller);
    await clock.advance(10);
    caller.abort(new Error("tired"));

    await assert.rejects(response, /tired/);
    assert.deepEqual(
      inner.calls.map(({ context }) => context.aborted),
      [true, true],
    );
    assert.equal(clock.pending, 0);
  });

  it("lets the caller be heard below until the response has been read", async () => {
    const bodies = new MockBodies<string>();
    const { inner, service } = setup({ whenDone: bodies.whenDone });
    const caller = createContext();
    const response = service.call("ping", caller);
    inner.last.respond("long");
    await response;
    caller.abort("enough");

    assert.equal(inner.last.context.reason, "enough");
  });

  it("sends no hedge when the policy throws, and goes on when the observer does", async () => {
    const heard: string[] = [];
    using _listener = faults.subscribe(({ where }) => heard.push(where));
    const clumsy = () => {
      throw new Error("clumsy");
    };
    const { clock, inner, service } = setup({ policy: { shouldHedge: clumsy }, onHedge: clumsy });
    const response = service.call("ping", createContext());
    await clock.advance(100);
    inner.last.respond("pong");

    assert.equal(await response, "pong");
    assert.deepEqual(heard, ["policy.shouldHedge", "hedge.onHedge"]);
  });

  it("rejects options out of their range", () => {
    const policy = { shouldHedge: () => true };
    const wrong: [Partial<HedgeOptions<string, string>>, RegExp][] = [
      [{ percentile: 1.1 }, /hedge\.percentile: .* found 1\.1/],
      [{ minimumCalls: 0 }, /hedge\.minimumCalls/],
      [{ periodMs: 0 }, /hedge\.periodMs/],
      [{ delayMs: -1 }, /hedge\.delayMs/],
      [{ winner: "last" as "first" }, /hedge\.winner: .* found last/],
    ];
    for (const [options, message] of wrong) assert.throws(() => hedge({ policy, ...options }), message);
  });
});

function setup(
  options: Partial<HedgeOptions<string, string>> = {},
  inner = new MockService<string, string>(),
) {
  const clock = new VirtualClock();
  const events: string[] = [];
  const onHedge = ({ kind }: HedgeEvent) => void events.push(kind);
  const policy = { shouldHedge: () => true };
  const service = hedge<string, string>({ policy, delayMs: 10, onHedge, clock, ...options })(inner);
  return { clock, inner, service, events };
}
