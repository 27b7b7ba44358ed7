import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MockService } from "../../testing/mock-service.js";
import { createContext } from "../context.js";
import { faults } from "../fault.js";
import { type FallbackOptions, fallback } from "./fallback.js";

describe("fallback", () => {
  it("leaves responses alone", async () => {
    const { inner, service } = setup();
    const response = service.call("ping", createContext());
    inner.last.respond("pong");

    assert.equal(await response, "pong");
  });

  it("answers otherwise after a failure, knowing it", async () => {
    const { inner, service } = setup({
      to: async (request, outcome) => `${request}: ${"error" in outcome && String(outcome.error)}`,
    });
    const response = service.call("ping", createContext());
    inner.last.fail("broken");

    assert.equal(await response, "ping: broken");
  });

  it("fails as the other answer does", async () => {
    const { inner, service } = setup({
      to: () => {
        throw new Error("nothing in the cache");
      },
    });
    const response = service.call("ping", createContext());
    inner.last.fail("broken");

    await assert.rejects(response, /nothing in the cache/);
  });

  it("replaces what it is told to, and lets go of a response it replaces", async () => {
    const discarded: string[] = [];
    const { inner, service } = setup({
      when: (outcome) => "response" in outcome && outcome.response === "bad",
      discard: (response) => void discarded.push(response),
    });
    const replaced = service.call("ping", createContext());
    inner.last.respond("bad");
    const failed = service.call("ping", createContext());
    inner.last.fail(new Error("broken"));

    assert.equal(await replaced, "instead");
    await assert.rejects(failed, /broken/);
    assert.deepEqual(discarded, ["bad"]);
  });

  it("has no other answer for a caller that gave up", async () => {
    const { service } = setup();
    const caller = createContext();
    const response = service.call("ping", caller);
    caller.abort(new Error("tired"));

    await assert.rejects(response, /tired/);
  });

  it("takes a judge that throws for a no, and tells the fault", async () => {
    const heard: string[] = [];
    using _listener = faults.subscribe(({ where }) => heard.push(where));
    const { inner, service } = setup({
      when: () => {
        throw new Error("clumsy");
      },
    });
    const response = service.call("ping", createContext());
    inner.last.respond("pong");

    assert.equal(await response, "pong");
    assert.deepEqual(heard, ["fallback.when"]);
  });
});

function setup(options: Partial<FallbackOptions<string, string>> = {}) {
  const inner = new MockService<string, string>();
  return { inner, service: fallback<string, string>({ to: () => "instead", ...options })(inner) };
}
