import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MillraceError } from "../../base/errors.js";
import { MockService } from "../../testing/mock-service.js";
import { settle, VirtualClock } from "../../testing/virtual-clock.js";
import { Circuit, type CircuitChange } from "../breaker/circuit.js";
import { createContext } from "../context.js";
import { faults } from "../fault.js";
import { type CircuitBreakerOptions, circuitBreaker } from "./circuit-breaker.js";
import { isAsReadyAsInside } from "./readiness.test.fixture.js";

describe("circuitBreaker", () => {
  it("lets calls through while it is closed", async () => {
    const { inner, service } = setup();
    const response = service.call("ping", createContext());
    inner.last.respond("pong");

    assert.equal(await response, "pong");
  });

  it("opens when failures are too many, and turns calls away at once", async () => {
    const { inner, service, fail } = setup();
    await fail(2);
    assert.equal(service.ready, false);

    await assert.rejects(service.call("ping", createContext()), {
      code: "unavailable",
      unsent: true,
      retryAfterMs: 1000,
      message: "the circuit is open",
    });
    assert.equal(inner.calls.length, 2);
  });

  it("lets one probe through once its time is over, and closes when that succeeds", async () => {
    const { clock, inner, service, circuit, fail } = setup();
    await fail(2);
    await clock.advance(1000);
    assert.equal(service.ready, true);
    const probe = service.call("probe", createContext());
    await assert.rejects(service.call("too many", createContext()), { message: "the circuit is half-open" });
    inner.last.respond("well");
    await probe;
    await settle();

    assert.equal(circuit.state, "closed");
  });

  it("opens for longer when the probe fails, and for the first time again after it closed", async () => {
    const { clock, changes, fail, succeed } = setup();
    await fail(2);
    await clock.advance(1000);
    await fail(1);
    await clock.advance(2000);
    await succeed(1);
    await fail(2);

    assert.deepEqual(
      changes.map(({ to, openMs }) => `${to} ${openMs}`),
      ["open 1000", "half-open 0", "open 2000", "half-open 0", "closed 0", "open 1000"],
    );
  });

  it("wants as many good probes as it is told", async () => {
    const { clock, circuit, fail, succeed } = setup({ successes: 2 });
    await fail(2);
    await clock.advance(1000);
    await succeed(1);
    assert.equal(circuit.state, "half-open");
    await succeed(1);

    assert.equal(circuit.state, "closed");
  });

  it("takes no probe for bad or good whose caller gave up, and lets another through", async () => {
    const { clock, service, circuit, fail, succeed } = setup();
    await fail(2);
    await clock.advance(1000);
    const caller = createContext();
    const probe = service.call("probe", caller);
    const waiting = service.whenReady();
    caller.abort(new Error("tired"));
    await assert.rejects(probe, /tired/);
    await waiting;
    assert.equal(circuit.state, "half-open");
    await succeed(1);

    assert.equal(circuit.state, "closed");
  });

  it("does not count calls whose callers gave up, nor those refused for lack of room", async () => {
    const { inner, service, circuit } = setup();
    for (let count = 0; count < 5; count += 1) {
      const caller = createContext();
      const left = service.call("ping", caller);
      caller.abort(new Error("tired"));
      await assert.rejects(left, /tired/);
      const shed = service.call("ping", createContext());
      inner.last.fail(new MillraceError("full", { code: "overloaded", unsent: true }));
      await assert.rejects(shed, /full/);
    }

    assert.equal(circuit.state, "closed");
  });

  it("does not take the end of a call from before for news", async () => {
    const { clock, inner, service, circuit, fail, succeed } = setup();
    const [old, older] = [service.call("old", createContext()), service.call("older", createContext())];
    await fail(2);
    await clock.advance(1000);
    inner.calls[0]!.respond("late");
    await old;
    await settle();
    assert.equal(circuit.state, "half-open");
    await succeed(1);
    inner.calls[1]!.fail(new Error("late"));
    await assert.rejects(older, /late/);
    await fail(1);

    assert.equal(circuit.state, "closed");
  });

  it("is neither opened nor closed by calls of another span, be they ever so many", async () => {
    const { clock, inner, service, circuit, fail } = setup();
    const early = Array.from({ length: 4 }, () => service.call("early", createContext()).catch(() => {}));
    await fail(2);
    const calls = inner.calls.slice(0, 4);
    await clock.advance(1000);
    assert.equal(circuit.state, "half-open");
    calls[0]!.fail(new Error("broken"));
    calls[1]!.fail(new Error("broken"));
    await settle();
    assert.equal(circuit.state, "half-open");

    const probe = service.call("probe", createContext()).catch(() => {});
    const late = inner.last;
    circuit.trip();
    circuit.reset();
    late.fail(new Error("broken"));
    calls[2]!.fail(new Error("broken"));
    calls[3]!.fail(new Error("broken"));
    await Promise.all([...early, probe]);
    await settle();
    assert.equal(circuit.state, "closed");
  });

  it("judges responses when told how", async () => {
    const { inner, service, circuit } = setup({
      isFailure: (outcome) => "response" in outcome && outcome.response === "bad",
    });
    for (let count = 0; count < 2; count += 1) {
      const response = service.call("ping", createContext());
      inner.last.respond("bad");
      assert.equal(await response, "bad");
    }

    assert.equal(circuit.state, "open");
  });

  it("becomes ready when its time is over, or when it is reset before", async () => {
    const { clock, service, circuit, fail } = setup();
    await fail(2);
    const waiting = service.whenReady();
    await clock.advance(1000);
    await waiting;
    assert.equal(service.ready, true);
    await fail(1);
    const again = service.whenReady();
    circuit.reset();

    await again;
    assert.equal(clock.pending, 0);
  });

  it("can be opened by hand, until it is reset", async () => {
    const { clock, service, circuit } = setup();
    circuit.trip();
    await clock.advance(1e9);

    await assert.rejects(service.call("ping", createContext()), { retryAfterMs: undefined });
    circuit.reset();
    assert.equal(service.ready, true);
  });

  isAsReadyAsInside(setup);

  it("takes a judge that throws for a failure, and an observer that throws for nothing", async () => {
    const heard: string[] = [];
    using _listener = faults.subscribe(({ where }) => heard.push(where));
    const clumsy = () => {
      throw new Error("clumsy");
    };
    const { circuit, fail } = setup({ isFailure: clumsy }, { onChange: clumsy });
    await fail(2);

    assert.equal(circuit.state, "open");
    assert.deepEqual(heard, [
      "circuitBreaker.isFailure",
      "circuitBreaker.isFailure",
      "circuitBreaker.onChange",
    ]);
  });

  it("gives each service a circuit of its own, unless one is shared", async () => {
    const layer = circuitBreaker<string, string>({ trip: { kind: "consecutive", failures: 1 } });
    const [one, other] = [new MockService<string, string>(), new MockService<string, string>()];
    const [broken, well] = [layer(one), layer(other)];
    const failed = broken.call("ping", createContext());
    one.last.fail(new Error("broken"));
    await assert.rejects(failed, /broken/);

    assert.deepEqual([broken.ready, well.ready], [false, true]);
  });

  it("never has more probes on the way than it may, whatever happens", async () => {
    const step = fc.constantFrom("call", "respond", "fail", "abort", "wait", "trip", "reset");
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.nat(1000), async (steps, pauseMs) => {
        const { clock, inner, service, circuit } = setup({ successes: 2 }, { probes: 2 });
        const open: (typeof inner.calls)[number][] = [];
        const probes = new Set<unknown>();
        for (const each of steps) {
          const before = circuit.state;
          if (each === "call") {
            const caller = createContext();
            const started = inner.calls.length;
            service.call("x", caller).catch(() => {});
            if (inner.calls.length > started) {
              open.push(inner.last);
              if (before === "half-open") probes.add(inner.last);
            }
          }
          const oldest = each === "call" || each === "wait" ? undefined : open.shift();
          if (each === "respond") oldest?.respond("ok");
          if (each === "fail" || each === "abort") oldest?.fail(new Error(each));
          if (each === "trip") circuit.trip();
          if (each === "reset") circuit.reset();
          if (each === "wait") await clock.advance(pauseMs * 10);
          await settle();
          if (circuit.state !== "half-open" || before !== "half-open") probes.clear();
          for (const probe of probes) if ((probe as typeof inner.last).settled) probes.delete(probe);
          assert.ok(probes.size <= 2, `${probes.size} probes`);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("rejects options out of their range at once", () => {
    const wrong: CircuitBreakerOptions<string>[] = [
      { probes: 0 },
      { successes: 1.5 },
      { trip: { kind: "consecutive", failures: 0 } },
      { backoff: { initialMs: 0 } },
    ];
    for (const options of wrong) {
      assert.throws(() => circuitBreaker(options), { code: "invalid-options", message: /found (0|1\.5)$/ });
    }
  });
});

function setup(
  options: CircuitBreakerOptions<string> = {},
  { onChange, probes }: Pick<CircuitBreakerOptions<string>, "onChange" | "probes"> = {},
) {
  const clock = new VirtualClock();
  const inner = new MockService<string, string>();
  const changes: CircuitChange[] = [];
  const circuit = new Circuit({
    trip: { kind: "consecutive", failures: 2 },
    backoff: { initialMs: 1000 },
    onChange: onChange ?? ((change) => void changes.push(change)),
    clock,
    probes,
    successes: options.successes,
  });
  const service = circuitBreaker<string, string>({ ...options, circuit })(inner);
  const end = async (count: number, how: (call: (typeof inner.calls)[number]) => void) => {
    for (let index = 0; index < count; index += 1) {
      const call = service.call("ping", createContext()).catch(() => {});
      how(inner.last);
      await call;
      await settle();
    }
  };
  const fail = (count: number) => end(count, (call) => call.fail(new Error("broken")));
  const succeed = (count: number) => end(count, (call) => call.respond("pong"));
  return { clock, inner, service, circuit, changes, fail, succeed };
}
