import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createDeferred } from "../../base/deferred.js";
import { MockService } from "../../testing/mock-service.js";
import { settle } from "../../testing/virtual-clock.js";
import { createContext } from "../context.js";
import { asyncFilter } from "./async-filter.js";

describe("asyncFilter", () => {
  it("T-filter passes: passes a request on once it is checked", async () => {
    const { inner, service, verdict } = setup();
    const response = service.call("ping", createContext());
    assert.equal(inner.calls.length, 0);
    verdict.resolve(42);
    await settle();
    inner.last.respond("pong");

    assert.equal(await response, "pong");
    assert.equal(inner.last.request, 42);
  });

  it("T-filter rejects: turns a request away with the failure of the check", async () => {
    const { inner, service, verdict } = setup();
    verdict.reject(new Error("not you"));

    await assert.rejects(service.call("ping", createContext()), /not you/);
    assert.equal(inner.calls.length, 0);
  });

  it("makes no call for a caller that gave up meanwhile", async () => {
    const { inner, service, verdict } = setup();
    const caller = createContext();
    const response = service.call("ping", caller);
    caller.abort(new Error("tired"));
    verdict.resolve(42);

    await assert.rejects(response, /tired/);
    assert.equal(inner.calls.length, 0);
  });
});

function setup() {
  const inner = new MockService<number, string>();
  const verdict = createDeferred<number>();
  return { inner, verdict, service: asyncFilter<string, number, string>(() => verdict.promise)(inner) };
}
