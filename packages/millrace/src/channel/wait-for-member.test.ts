import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { closedError, isMillraceError, MillraceError } from "../base/errors.js";
import { WaitLine } from "../base/wait-line.js";
import { createContext, deriveContext } from "../service/context.js";
import { MockService } from "../testing/mock-service.js";
import { settle, VirtualClock } from "../testing/virtual-clock.js";
import { type MemberSource, waitForMember } from "./wait-for-member.js";

describe("waitForMember", () => {
  it("passes a first attempt on, and its failure", async () => {
    const { inner, members, service, clock } = setup();
    members.usable = 1;
    const call = service.call("ping", createContext());
    inner.last.fail(refused());

    await assert.rejects(call, /refused/);
    assert.equal(clock.pending, 0);
  });

  it("lets a call wait for a member, and sends it once", async () => {
    const { inner, members, service, clock } = setup();
    const call = service.call("ping", createContext());
    await clock.advance(999);
    assert.equal(inner.calls.length, 0);
    members.gain();
    await settle();
    inner.last.respond("pong");

    assert.equal(await call, "pong");
    assert.deepEqual([inner.calls.length, clock.pending], [1, 0]);
  });

  it("lets a call that was refused wait for another member, as one that found none", async () => {
    const { inner, members, service, clock } = setup();
    const call = service.call("ping", createContext());
    for (let refusals = 1; refusals <= 10; refusals += 1) {
      members.gain();
      await settle();
      members.usable = 0;
      inner.last.fail(refused());
      await settle();
      assert.equal(inner.calls.length, refusals);
    }
    members.gain();
    await settle();
    inner.last.respond("pong");

    assert.equal(await call, "pong");
    assert.equal(clock.pending, 0);
  });

  it("has a later attempt wait as well, and longer each time that those who refuse it stay", async () => {
    const { inner, members, later, clock } = setup();
    members.usable = 2;
    const call = later();
    const tries: number[] = [];
    const failed = assert.rejects(call, (error) => {
      assert.ok(isMillraceError(error, "unavailable") && error.unsent);
      assert.match(error.message, /no member of backend to call within 1000 ms: refused/);
      return true;
    });
    while (clock.now() < 1_000) {
      const { length } = inner.calls;
      if (length > tries.length) {
        tries.push(clock.now());
        inner.last.fail(refused());
      }
      await clock.advance(1);
    }
    await failed;

    assert.ok(tries.length >= 6 && tries.length <= 9, `${tries.length} tries`);
    assert.equal(clock.pending, 0);
  });

  it("goes to a member while it is there, and waits when it goes right before that", async () => {
    const { inner, members, later } = setup();
    members.usable = 1;
    const seen: number[] = [];
    const { call } = inner;
    inner.call = (request, context) => {
      seen.push(members.usable);
      return call.call(inner, request, context);
    };
    const answer = later();
    // As a member goes whose connection has just broken: soon, but after those who heard that it broke.
    members.usable = 0;
    await settle();
    assert.deepEqual(seen, [1]);
    inner.last.fail(refused());
    await settle();
    members.gain();
    members.usable = 0;
    await settle();
    assert.deepEqual(seen, [1]);
    members.gain();
    await settle();
    inner.last.respond("pong");

    assert.equal(await answer, "pong");
    assert.deepEqual(seen, [1, 1]);
  });

  it("ends the pause of a refused call when another member comes", async () => {
    const { inner, members, later } = setup();
    members.usable = 1;
    const call = later();
    await settle();
    inner.last.fail(refused());
    await settle();
    assert.equal(inner.calls.length, 1);
    members.gain();
    await settle();
    inner.last.respond("pong");

    assert.equal(await call, "pong");
  });

  it("leaves nothing behind of a call that is given up, or turned away, in a pause", async () => {
    for (const end of ["caller", "pool"] as const) {
      const { inner, members, later, clock, caller } = setup();
      members.usable = 1;
      const call = later();
      await settle();
      inner.last.fail(refused());
      await settle();
      if (end === "caller") caller.abort(new Error("changed my mind"));
      else members.close();

      await assert.rejects(call, end === "caller" ? /changed my mind/ : /backend is closed/);
      assert.equal(clock.pending, 0);
    }
  });

  it("passes on what is no refusal, and all that has failed where calls fail fast", async () => {
    const { inner, members, later } = setup();
    members.usable = 1;
    const broken = later();
    await settle();
    inner.last.fail(new Error("broken"));
    await assert.rejects(broken, /broken/);

    const fast = setup({ failFast: true });
    fast.members.usable = 1;
    const hasty = fast.later();
    await settle();
    fast.inner.last.fail(refused());
    await assert.rejects(hasty, /refused/);
  });

  it("does not wait at all when the limit is 0", async () => {
    const { inner, members, later, clock } = setup({ limitMs: 0 });
    await assert.rejects(later(), /no member of backend to call$/);
    members.usable = 1;
    const call = later();
    await settle();
    inner.last.fail(refused());

    await assert.rejects(call, /refused/);
    assert.equal(clock.pending, 0);
  });
});

/** Members in the hands of a test. */
class ScriptedMembers implements MemberSource {
  readonly label = "backend";
  readonly lastError = undefined;
  readonly #line = new WaitLine();
  usable = 0;

  gain(): void {
    this.usable += 1;
    this.#line.releaseAll();
  }

  close(): void {
    this.#line.rejectAll(closedError(this.label));
  }

  whenUsable(signal: AbortSignal): Promise<void> {
    return this.#line.join(signal);
  }

  whenGained(signal: AbortSignal): Promise<void> {
    return this.#line.join(signal);
  }

  whenTried(signal: AbortSignal): Promise<void> {
    return this.#line.join(signal);
  }
}

function refused(): MillraceError {
  return new MillraceError("refused", { code: "connect-failed", unsent: true });
}

function setup({ limitMs = 1_000, failFast = false } = {}) {
  const clock = new VirtualClock();
  const inner = new MockService<string, string>();
  const members = new ScriptedMembers();
  const isRefusal = (_request: string, error: unknown) => isMillraceError(error, "connect-failed");
  const random = () => 0.5;
  const options = { limitMs, failFast, isRefusal, clock, random };
  const service = waitForMember<string, string>(members, options)(inner);
  const caller = createContext();
  const later = () => service.call("ping", deriveContext(caller, { attempt: 2 }));
  return { clock, inner, members, service, caller, later };
}
