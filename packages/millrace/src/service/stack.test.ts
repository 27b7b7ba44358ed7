import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createContext } from "./context.js";
import { fromFunction } from "./from-function.js";
import type { Layer, Service } from "./service.js";
import { stack } from "./stack.js";

describe("stack", () => {
  it("T-util builder stack: puts the first layer outermost: it sees a request first and its response last", async () => {
    const service = stack(
      tag("a"),
      tag("b"),
      tag("c"),
    )(fromFunction(async (request: string) => `${request}!`));

    assert.equal(await service.call("", createContext()), "abc!cba");
  });

  it("gives a service back as it is when there is no layer", () => {
    const service = fromFunction((request: string) => request);

    assert.equal(stack<typeof service>()(service), service);
  });

  it("lets types flow through layers that change them", async () => {
    const service = stack(parse, double)(fromFunction((request: number) => request + 1));
    const response: number = await service.call("20", createContext());

    assert.equal(response, 41);
  });

  it("does not compile when a layer's inner type is not what the next one gives", () => {
    // @ts-expect-error parse makes a service of texts, where double wants one of numbers inside
    assert.ok(stack(double, parse));
    // @ts-expect-error the innermost layer wants a service of numbers
    assert.ok(stack(parse, double)(fromFunction((request: string) => request)));
  });

  it("takes any number of layers that leave the type alone", async () => {
    const layers = Array.from({ length: 20 }, () => tag("x"));
    const service = stack(...layers)(fromFunction((request: string) => request));

    assert.equal(await service.call("", createContext()), "x".repeat(40));
  });
});

/** Writes its name at the end of the request, and of the response. */
function tag(name: string): Layer<Service<string, string>> {
  return (inner) =>
    fromFunction(async (request, context) => `${await inner.call(`${request}${name}`, context)}${name}`);
}

const parse: Layer<Service<number, number>, Service<string, number>> = (inner) =>
  fromFunction((request, context) => inner.call(Number(request), context));

const double: Layer<Service<number, number>> = (inner) =>
  fromFunction((request, context) => inner.call(request * 2, context));
