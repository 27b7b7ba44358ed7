import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createContext } from "../service/context.js";
import { mapRequest, mapResponse } from "../service/middleware/map.js";
import { stack } from "../service/stack.js";
import { MockBodies } from "./mock-bodies.js";
import { MockService } from "./mock-service.js";
import { settle } from "./virtual-clock.js";

describe("MockService", () => {
  it("T-mock pair: writes calls down and leaves each answer to the test", async () => {
    const mock = new MockService<string, string>();
    const context = createContext();
    const [a, b] = [mock.call("a", context), mock.call("b", createContext())];
    mock.calls[1]!.respond("B");
    mock.calls[0]!.fail(new Error("no A"));

    await assert.rejects(a, /no A/);
    assert.equal(await b, "B");
    assert.equal(mock.calls[0]!.context, context);
    assert.deepEqual(
      mock.calls.map(({ request, settled }) => [request, settled]),
      [
        ["a", true],
        ["b", true],
      ],
    );
  });

  it("T-mock allow: lets no more calls start than are allowed, and those in line first", async () => {
    const mock = new MockService<string, string>({ allowed: 1 });
    for (const name of ["a", "b", "c", "d"]) void mock.call(name, createContext());
    assert.deepEqual([mock.calls.length, mock.waiting, mock.ready], [1, 3, false]);
    mock.allow(2);
    await settle();

    assert.deepEqual(
      mock.calls.map(({ request }) => request),
      ["a", "b", "c"],
    );
    assert.equal(mock.ready, false);
  });

  it("T-mock layer spawn: stands inside of any layer, and shows what comes through", async () => {
    const mock = new MockService<number, string>();
    const service = stack(
      mapRequest<string, number, string>((text) => text.length),
      mapResponse((response: string, _request: number) => `${response}!`),
    )(mock);
    const response = service.call("four", createContext());
    mock.last.respond("pong");

    assert.equal(mock.last.request, 4);
    assert.equal(await response, "pong!");
  });

  it("T-mock assert request: keeps each request as it came, for a test to compare", () => {
    const mock = new MockService<object, string>();
    const request = { path: "/", headers: ["a", "b"] };
    void mock.call(request, createContext());

    assert.equal(mock.last.request, request);
    assert.throws(() => assert.deepEqual(mock.last.request, { path: "/other" }));
  });

  it("tells those who wait when it becomes ready", async () => {
    const mock = new MockService<string, string>({ allowed: 0 });
    const waiting = mock.whenReady();
    mock.allow(1);

    await waiting;
    assert.equal(mock.ready, true);
  });

  it("fails a call whose caller gives up, in line or under way", async () => {
    const mock = new MockService<string, string>({ allowed: 1 });
    const [first, second] = [createContext(), createContext()];
    const calls = [mock.call("a", first), mock.call("b", second)];
    first.abort(new Error("enough"));
    second.abort(new Error("tired"));

    await assert.rejects(calls[0]!, /enough/);
    await assert.rejects(calls[1]!, /tired/);
    assert.equal(mock.waiting, 0);
  });

  it("can be deaf to callers that give up", async () => {
    const mock = new MockService<string, string>({ deaf: true });
    const caller = createContext();
    const call = mock.call("a", caller);
    caller.abort();
    mock.last.respond("anyway");

    assert.equal(await call, "anyway");
  });

  it("T-mock send error: can break for good", async () => {
    const mock = new MockService<string, string>({ allowed: 0 });
    const waiting = [mock.whenReady(), mock.call("a", createContext())];
    mock.break(new Error("broken"));
    waiting.push(mock.whenReady(), mock.call("b", createContext()) as Promise<never>);

    for (const each of waiting) await assert.rejects(each, /broken/);
    assert.equal(mock.ready, false);
  });

  it("has no last call before the first", () => {
    assert.throws(() => new MockService().last, /no call/);
  });
});

describe("MockBodies", () => {
  it("tells all who wait when the body of a response ends", () => {
    const bodies = new MockBodies<string>();
    const ended: string[] = [];
    bodies.whenDone("a", { callDone: () => void ended.push("first") });
    bodies.whenDone("a", { callDone: () => void ended.push("second") });
    bodies.whenDone("b", { callDone: () => void ended.push("other") });
    bodies.end("a");

    assert.deepEqual(ended, ["first", "second"]);
    assert.equal(bodies.reading, 1);
  });
});
