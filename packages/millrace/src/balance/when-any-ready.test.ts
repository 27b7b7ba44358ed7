import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { WaitLine } from "../base/wait-line.js";
import { MockService } from "../testing/mock-service.js";
import { settle } from "../testing/virtual-clock.js";
import { whenAnyReady } from "./when-any-ready.js";

describe("whenAnyReady", () => {
  it("settles with the first service that becomes ready", async () => {
    const { services, changes } = setup();
    const waiting = whenAnyReady(services, changes);
    services[1]!.allow(1);

    await waiting;
    await settle();
    assert.equal(changes.length, 0);
  });

  it("waits for many at a time without a warning", async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => void warnings.push(warning);
    process.on("warning", onWarning);
    const services = Array.from({ length: 30 }, () => new MockService<string, string>({ allowed: 0 }));
    const waiting = whenAnyReady(services, new WaitLine());
    await settle();
    services[29]!.allow(1);
    await waiting;
    process.off("warning", onWarning);

    assert.deepEqual(warnings, []);
  });

  it("settles when the members change", async () => {
    const { services, changes } = setup();
    const waiting = whenAnyReady(services, changes);
    changes.releaseAll();

    await waiting;
  });

  it("leaves out a service that never can be ready again", async () => {
    const { services, changes } = setup();
    const waiting = whenAnyReady(services, changes);
    services[0]!.break(new Error("broken"));
    await settle();
    services[1]!.allow(1);

    await waiting;
  });

  it("rejects with the reason of its signal, and leaves nothing behind", async () => {
    const { services, changes } = setup();
    const caller = new AbortController();
    const waiting = whenAnyReady(services, changes, caller.signal);
    caller.abort(new Error("enough"));

    await assert.rejects(waiting, /enough/);
    assert.equal(changes.length, 0);
    assert.equal(getEventListeners(caller.signal, "abort").length, 0);
  });

  it("rejects at once when its signal has aborted before", async () => {
    const { services, changes } = setup();

    await assert.rejects(whenAnyReady(services, changes, AbortSignal.abort(new Error("late"))), /late/);
    assert.equal(changes.length, 0);
  });

  it("rejects when the balancer closes", async () => {
    const { services, changes } = setup();
    const waiting = whenAnyReady(services, changes);
    changes.rejectAll(new Error("closed"));

    await assert.rejects(waiting, /closed/);
  });
});

function setup() {
  const services = [1, 2].map(() => new MockService<string, string>({ allowed: 0 }));
  return { services, changes: new WaitLine() };
}
