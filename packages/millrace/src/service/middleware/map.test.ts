import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MockService } from "../../testing/mock-service.js";
import { createContext } from "../context.js";
import type { Layer, Service } from "../service.js";
import { stack } from "../stack.js";
import { andThen } from "./and-then.js";
import { mapError, mapOutcome, mapRequest, mapResponse } from "./map.js";

describe("mapRequest", () => {
  it("gives the inner service what it takes", () => {
    const { inner, service } = setup(mapRequest<string, number, string>(Number));
    void service.call("42", createContext());

    assert.equal(inner.last.request, 42);
  });
});

describe("mapResponse", () => {
  it("gives the caller another response, knowing the request", async () => {
    const { inner, service } = setup(
      mapResponse((response: string, request: number) => [request, response.length] as const),
    );
    const response = service.call(1, createContext());
    inner.last.respond("pong");

    assert.deepEqual(await response, [1, 4]);
  });

  it("fails with what the function throws, and leaves failures alone", async () => {
    const { inner, service } = setup(
      mapResponse<number, string, never>(() => {
        throw new Error("cannot read it");
      }),
    );
    const unread = service.call(1, createContext());
    inner.last.respond("pong");
    const failed = service.call(1, createContext());
    inner.last.fail(new Error("broken"));

    await assert.rejects(unread, /cannot read it/);
    await assert.rejects(failed, /broken/);
  });
});

describe("mapError", () => {
  it("fails with another error, and leaves responses alone", async () => {
    const { inner, service } = setup(
      mapError((error, request) => new Error(`${String(error)} of ${request}`)),
    );
    const failed = service.call(1, createContext());
    inner.last.fail("cause");
    const good = service.call(1, createContext());
    inner.last.respond("pong");

    await assert.rejects(failed, /cause of 1/);
    assert.equal(await good, "pong");
  });
});

describe("mapOutcome", () => {
  it("sees responses and failures as values", async () => {
    const { inner, service } = setup(
      mapOutcome(async (outcome, request: number) => ("error" in outcome ? `no ${request}` : "yes")),
    );
    const calls = [service.call(1, createContext()), service.call(2, createContext())];
    inner.calls[0]!.respond("pong");
    inner.calls[1]!.fail(new Error("broken"));

    assert.deepEqual(await Promise.all(calls), ["yes", "no 2"]);
  });
});

describe("andThen", () => {
  it("goes on with a response, in the context of the call", async () => {
    const { inner, service } = setup(
      andThen<number, string, string>(async (response, context) => `${response} on try ${context.attempt}`),
    );
    const response = service.call(1, createContext({ attempt: 2 }));
    inner.last.respond("pong");

    assert.equal(await response, "pong on try 2");
  });

  it("does not go on after a failure", async () => {
    const { inner, service } = setup(andThen(async () => assert.fail("went on")));
    const response = service.call(1, createContext());
    inner.last.fail(new Error("broken"));

    await assert.rejects(response, /broken/);
  });
});

describe("layers that change types", () => {
  const length = mapResponse<string, string, number>((response) => response.length);
  const parsed = mapRequest<string, number, number>(Number);
  const plus = mapResponse<number, number, number>((response) => response + 1);

  it("compile in the order in which they fit", () => {
    const inner = new MockService<number, number>();
    const service: Service<string, number> = stack(parsed, plus)(inner);

    assert.equal(service.ready, true);
  });

  it("do not compile in another", () => {
    // @ts-expect-error what is inside of `plus` takes numbers, and `parsed` makes a service of texts
    assert.ok(stack(plus, parsed));
    // @ts-expect-error `length` reads texts, and `plus` answers with numbers
    assert.ok(stack(length, plus));
    // @ts-expect-error the service inside answers with texts
    assert.ok(stack(parsed, plus)(new MockService<number, string>()));
    // @ts-expect-error the whole answers with numbers
    const wrong: Layer<Service<number, number>, Service<string, string>> = stack(parsed, plus);
    assert.ok(wrong);
  });
});

function setup<Request, Response>(layer: Layer<Service<number, string>, Service<Request, Response>>) {
  const inner = new MockService<number, string>();
  return { inner, service: layer(inner) };
}
