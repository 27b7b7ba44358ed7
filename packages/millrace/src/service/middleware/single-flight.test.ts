import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { MockService } from "../../testing/mock-service.js";
import { createContext } from "../context.js";
import { singleFlight } from "./single-flight.js";

describe("singleFlight", () => {
  it("makes one call of those that overlap, and answers all", async () => {
    const { inner, service } = setup();
    const calls = [1, 2, 3].map(() => service.call("ping", createContext()));
    assert.equal(inner.calls.length, 1);
    inner.last.respond("pong");

    assert.deepEqual(await Promise.all(calls), ["pong", "pong", "pong"]);
  });

  it("fails all together, and keeps nothing", async () => {
    const { inner, service } = setup();
    const calls = [1, 2].map(() => service.call("ping", createContext()));
    inner.last.fail(new Error("broken"));
    for (const call of calls) await assert.rejects(call, /broken/);
    void service.call("ping", createContext());

    assert.equal(inner.calls.length, 2);
  });

  it("does not mix requests of different names, nor those without", () => {
    const { inner, service } = setup();
    for (const name of ["a", "b", "-", "-"]) void service.call(name, createContext());

    assert.equal(inner.calls.length, 4);
  });

  it("lets one give up without the others", async () => {
    const { inner, service } = setup();
    const impatient = createContext();
    const left = service.call("ping", impatient);
    const stayed = service.call("ping", createContext());
    impatient.abort(new Error("tired"));
    await assert.rejects(left, /tired/);
    assert.equal(inner.last.context.aborted, false);
    inner.last.respond("pong");

    assert.equal(await stayed, "pong");
  });

  it("ends the call when the last has given up, and starts anew for who comes then", async () => {
    const { inner, service } = setup(new MockService({ deaf: true }));
    const [one, two] = [createContext(), createContext()];
    const calls = [service.call("ping", one), service.call("ping", two)];
    one.abort(new Error("tired"));
    two.abort(new Error("tired"));
    for (const call of calls) await assert.rejects(call, /tired/);
    assert.ok(isMillraceError(inner.last.context.reason, "aborted"));
    const next = service.call("ping", createContext());
    inner.calls[0]!.respond("too late");
    inner.calls[1]!.respond("pong");

    assert.equal(await next, "pong");
  });

  it("fails with what the naming throws", async () => {
    const { service } = setup();

    await assert.rejects(service.call("", createContext()), /no name/);
  });

  it("makes no call for a caller that has given up", async () => {
    const { inner, service } = setup();
    const caller = createContext();
    caller.abort(new Error("never mind"));

    await assert.rejects(service.call("ping", caller), /never mind/);
    assert.equal(inner.calls.length, 0);
  });
});

function setup(inner = new MockService<string, string>()) {
  const key = (request: string) => {
    if (request === "") throw new Error("no name");
    return request === "-" ? undefined : request;
  };
  return { inner, service: singleFlight<string, string>({ key })(inner) };
}
