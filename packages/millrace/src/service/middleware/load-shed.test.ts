import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { MockService } from "../../testing/mock-service.js";
import { createContext } from "../context.js";
import { type LoadShedOptions, loadShed } from "./load-shed.js";

describe("loadShed", () => {
  it("T-load-shed ready passes: passes a call on when the inner service is ready", async () => {
    const { inner, service } = setup();
    const response = service.call("ping", createContext());
    inner.last.respond("pong");

    assert.equal(await response, "pong");
  });

  it("T-load-shed not ready is overloaded: turns a call away at once when it would have to wait", async () => {
    const { inner, service } = setup();
    inner.allow(0);

    await assert.rejects(service.call("ping", createContext()), { code: "overloaded", unsent: true });
    assert.equal(inner.waiting, 0);
  });

  it("tells those turned away how long to wait, where it knows", async () => {
    const { inner, service } = setup({ retryAfterMs: 500 });
    inner.allow(0);

    await assert.rejects(service.call("ping", createContext()), { retryAfterMs: 500 });
  });

  it("is ready whatever is inside", async () => {
    const { inner, service } = setup();
    inner.allow(0);
    await service.whenReady();

    assert.equal(service.ready, true);
  });

  it("rejects a wait that is not positive", () => {
    assert.throws(
      () => loadShed({ retryAfterMs: 0 }),
      (error) => isMillraceError(error, "invalid-options"),
    );
  });
});

function setup(options?: LoadShedOptions) {
  const inner = new MockService<string, string>();
  return { inner, service: loadShed<string, string>(options)(inner) };
}
