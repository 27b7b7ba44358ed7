import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createContext } from "./context.js";
import { fromFunction } from "./from-function.js";
import { circuitBreaker } from "./middleware/circuit-breaker.js";
import { retry } from "./middleware/retry.js";
import { timeout } from "./middleware/timeout.js";
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

  it("lets types flow through any number of layers that change them", async () => {
    const a = fromFunction((request: "a") => request);
    const ten = [to("k"), to("j"), to("i"), to("h"), to("g"), to("f"), to("e"), to("d"), to("c"), to("b")];
    const [k, j, i, h, g, f, e, d, c, b] = ten as unknown as Steps;
    const service: Service<"k", "k"> = stack(k, j, i, h, g, f, e, d, c, b)(a);

    // @ts-expect-error e takes what d gives, not what c does
    assert.ok(stack(k, j, i, h, g, f, d, e, c, b));
    // @ts-expect-error the innermost takes a service of "a"
    assert.ok(stack(k, j, i, h, g, f, e, d, c, b)(fromFunction((request: "b") => request)));
    // @ts-expect-error the outermost gives a service of "k"
    assert.ok(stack(k, j, i, h, g, f, e, d, c, b)(a) satisfies Service<"j", "j">);
    assert.equal(await service.call("k", createContext()), "k");
  });

  it("tells its layers their types when it is told its own", async () => {
    const service = stack<Service<string, number>>(
      timeout({ limitMs: 1_000 }),
      retry({ policy: { shouldRetry: (request, outcome) => request.length > 9 && "error" in outcome } }),
      circuitBreaker({ isFailure: (outcome) => "response" in outcome && outcome.response.toFixed() === "0" }),
    )(fromFunction((request: string) => request.length));
    const response: number = await service.call("four", createContext());

    // @ts-expect-error requests are texts
    assert.ok(() => service.call(4, createContext()));
    assert.equal(response, 4);
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

type Step<Inner extends string, Outer extends string> = Layer<Service<Inner, Inner>, Service<Outer, Outer>>;
type Steps = [
  Step<"j", "k">,
  Step<"i", "j">,
  Step<"h", "i">,
  Step<"g", "h">,
  Step<"f", "g">,
  Step<"e", "f">,
  Step<"d", "e">,
  Step<"c", "d">,
  Step<"b", "c">,
  Step<"a", "b">,
];

/** Answers with its name, whatever the inner service does. */
function to<Name extends string>(name: Name): Step<string, Name> {
  return (inner) => fromFunction((_request, context) => inner.call(name, context).then(() => name));
}
