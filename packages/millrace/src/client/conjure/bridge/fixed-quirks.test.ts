// Where this bridge does not do what that of conjure-client does, because that is a mistake there.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isConjureError as isTheirError } from "conjure-client";
import { json, setup, text } from "./bridge.test.fixture.js";
import { type ConjureError, isConjureError } from "./conjure-error.js";
import type { EndpointOptions } from "./endpoint-options.js";

const get = (more: Partial<EndpointOptions> = {}): EndpointOptions => ({
  endpointPath: "/a",
  method: "GET",
  ...more,
});

describe("a bridge, unlike that of conjure-client", () => {
  it("fails for an error that comes with binary content, though a stream was asked for", async () => {
    const { bridge, theirs } = await setup(text("no", "application/octet-stream", 500));
    const error = await errorOf(bridge.call("S", "e", "GET", "/a"));

    assert.deepEqual([error.type, error.status, error.body], ["STATUS", 500, "no"]);
    assert.ok((await theirs.call("S", "e", "GET", "/a")) instanceof ReadableStream);
  });

  it("names no media type of content that it does not send", async () => {
    const { seen, bridge, theirs } = await setup();
    await bridge.call("S", "e", "GET", "/a");
    await theirs.call("S", "e", "GET", "/a");

    assert.deepEqual(
      seen.map(({ headers }) => headers["content-type"]),
      [undefined, "application/json"],
    );
  });

  it("takes a place with a pattern that has braces for one place", async () => {
    const { seen, bridge, theirs } = await setup();
    for (const each of [bridge, theirs]) {
      await each.callEndpoint(
        get({ endpointPath: "/a/{id:[a-z]{3}}/b", pathArguments: ["abc"], queryArguments: {} }) as any,
      );
    }

    assert.deepEqual(
      seen.map(({ url }) => url),
      ["/a/abc/b", "/a/abc%7D/b"],
    );
  });

  const wrongArguments: [string, unknown[]][] = [
    ["/a/{id}", []],
    ["/a/{id}", ["1", "2"]],
    ["/a/{id}", [null]],
    ["/a/{id}", [undefined]],
    ["/a/{id}", [".."]],
    ["/a/{id}/b", ["."]],
    ["/a/{id", ["1"]],
    ["/a/{id}", [{}]],
  ];
  for (const [endpointPath, pathArguments] of wrongArguments) {
    it(`does not call ${endpointPath} with ${JSON.stringify(pathArguments)}`, async () => {
      const { seen, bridge } = await setup();

      assert.equal((await errorOf(bridge.callEndpoint(get({ endpointPath, pathArguments })))).type, "OTHER");
      assert.equal(seen.length, 0);
    });
  }

  it("lets dots be a part of an argument", async () => {
    const { seen, bridge } = await setup();
    await bridge.callEndpoint(get({ endpointPath: "/a/{id}", pathArguments: ["../b"] }));
    await bridge.callEndpoint(get({ endpointPath: "/a/{id}", pathArguments: ["..."] }));

    assert.deepEqual(
      seen.map(({ url }) => url),
      ["/a/..%2Fb", "/a/..."],
    );
  });

  it("tells the status of an error whose content is not the JSON that it says", async () => {
    const { bridge } = await setup(text("<h1>bad gateway</h1>", "application/json", 502));
    const error = await errorOf(bridge.callEndpoint(get()));

    assert.deepEqual([error.type, error.status, error.body], ["STATUS", 502, "<h1>bad gateway</h1>"]);
  });

  it("reads media types without regard to case, and not their parameters", async () => {
    const upper = await setup(text('{"a":1}', "Application/JSON; charset=UTF-8"));
    assert.deepEqual(await upper.bridge.callEndpoint(get()), { a: 1 });

    const odd = await setup(text("text", "text/plain; note=image/png"));
    assert.equal(await odd.bridge.callEndpoint(get()), "text");
  });

  it("fails with an Error that has a stack and a cause", async () => {
    const { bridge } = await setup(json({ errorName: "A:B" }, 404));
    const error = await errorOf(bridge.callEndpoint(get()));

    assert.ok(error instanceof Error);
    assert.match(error.stack ?? "", /^ConjureError: STATUS 404/);
    assert.equal(error.cause, error.originalError);
  });

  it("rejects what the compact call cannot send, and does not throw it", async () => {
    const { bridge, theirs } = await setup();
    const wrong = [
      "S",
      "e",
      "GET",
      "/a",
      undefined,
      {},
      {},
      [],
      "application/json",
      "nothing/known",
    ] as const;

    assert.equal(
      (await errorOf(bridge.call(...(wrong as unknown as Parameters<typeof bridge.call>)))).type,
      "OTHER",
    );
    assert.throws(() => theirs.call(...(wrong as unknown as Parameters<typeof theirs.call>)));
  });

  it("writes numbers that JSON has no form for as Conjure does", async () => {
    const { seen, bridge } = await setup();
    await bridge.call("S", "e", "POST", "/a", { a: Number.NaN, b: [-Infinity, null], c: "null" });
    await bridge.call("S", "e", "POST", "/a", Number.NaN);

    assert.deepEqual(
      seen.map(({ body }) => body),
      ['{"a":"NaN","b":["-Infinity",null],"c":"null"}', '"NaN"'],
    );
  });

  it("leaves null out of lists in a query, repeats sets, and does not send objects", async () => {
    const { seen, bridge } = await setup();
    await bridge.callEndpoint(get({ queryArguments: { a: ["x", null, undefined], b: new Set([1, 2]) } }));

    assert.deepEqual(
      seen.map(({ url }) => url),
      ["/a?a=x&b=1&b=2"],
    );
    assert.equal((await errorOf(bridge.callEndpoint(get({ queryArguments: { a: {} } })))).type, "OTHER");
  });

  it("does not take a header that cannot be sent for a fault of the network", async () => {
    const { bridge, theirs } = await setup();
    const headers = { "X-A": "a\r\nX-B: b" };

    assert.equal((await errorOf(bridge.callEndpoint(get({ headers })))).type, "OTHER");
    await assert.rejects(theirs.callEndpoint(get({ headers, pathArguments: [] }) as any), {
      type: "NETWORK",
    });
  });

  it("sends one Authorization, whatever its case", async () => {
    const { seen, bridge } = await setup(undefined, { token: "t" });
    await bridge.callEndpoint(get({ headers: { authorization: "Basic x" } }));

    assert.equal(seen[0]?.headers["authorization"], "Bearer t");
  });

  it("gives nothing, not an empty text, when nothing was returned", async () => {
    const { bridge, theirs } = await setup(text("", ""));

    assert.equal(await bridge.callEndpoint(get()), undefined);
    assert.equal(await theirs.callEndpoint(get({ pathArguments: [] }) as any), "");
  });
});

async function errorOf(call: Promise<unknown>): Promise<ConjureError> {
  const error = await call.then(
    () => assert.fail("it was a success"),
    (error: unknown) => error,
  );
  assert.ok(isConjureError(error) && isTheirError(error), String(error));
  return error;
}
