import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MockService } from "../../testing/mock-service.js";
import { createContext } from "../context.js";
import { filter } from "./filter.js";
import { isAsReadyAsInside } from "./readiness.test.fixture.js";

describe("filter", () => {
  it("T-filter passes: passes a request on, as the check gives it", async () => {
    const { inner, service } = setup();
    const response = service.call("42", createContext());
    inner.last.respond("pong");

    assert.equal(await response, "pong");
    assert.equal(inner.last.request, 42);
  });

  it("T-filter rejects: turns a request away with what the check throws", async () => {
    const { inner, service } = setup();

    await assert.rejects(service.call("ping", createContext()), /not a number: ping/);
    assert.equal(inner.calls.length, 0);
  });

  isAsReadyAsInside(setup);
});

function setup() {
  const inner = new MockService<number, string>();
  const service = filter<string, number, string>((request) => {
    if (Number.isNaN(Number(request))) throw new Error(`not a number: ${request}`);
    return Number(request);
  })(inner);
  return { inner, service };
}
