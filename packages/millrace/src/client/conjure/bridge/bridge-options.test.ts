import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../../../base/errors.js";
import { fromFunction } from "../../../service/from-function.js";
import { emptyBody } from "../../../wire/http/body.js";
import { Fields } from "../../../wire/http/fields.js";
import type { HttpRequest, HttpResponse } from "../../../wire/http/message.js";
import { createConjureBridge } from "./bridge.js";

const service = fromFunction<HttpRequest, HttpResponse>(() => assert.fail("nothing is called"));
const userAgent = { productName: "widget-ui", productVersion: "1.2.3" };

describe("options of a bridge", () => {
  const services: readonly [unknown, string][] = [
    [undefined, "undefined"],
    ["http://a", "http://a"],
    [{}, "an object without a call"],
  ];
  for (const [wrong, found] of services) {
    it(`refuses ${found} for a service at once`, () => {
      assert.throws(
        () => createConjureBridge(wrong as typeof service, { userAgent }),
        refusal(`conjureBridge.service: expected a service, such as a channel or a client, found ${found}`),
      );
    });
  }

  const wrong: readonly [what: string, options: unknown, message: string][] = [
    ["no options", undefined, "conjureBridge.userAgent: expected at least one user agent, found none"],
    ["no user agent", {}, "conjureBridge.userAgent: expected at least one user agent, found none"],
    [
      "a user agent without a name",
      { userAgent: [null] },
      "conjureBridge.userAgent.productName: expected a text of visible ASCII, found undefined",
    ],
    [
      "a user agent of two lines",
      { userAgent: { ...userAgent, productVersion: "1\r\n2" } },
      'conjureBridge.userAgent.productVersion: expected a text of visible ASCII, found "1\\r\\n2"',
    ],
    [
      "a base that is no URL",
      { userAgent, baseUrl: "ftp://a" },
      "conjureBridge.baseUrl: expected an http or https URL without query, or a path such as /api, found ftp://a",
    ],
    [
      "a base with a query, which would get lost",
      { userAgent, baseUrl: "https://a/?b" },
      "conjureBridge.baseUrl: expected an http or https URL without query, or a path such as /api, found https://a/?b",
    ],
    [
      "a base that is a path without its slash",
      { userAgent, baseUrl: "api" },
      "conjureBridge.baseUrl: expected an http or https URL without query, or a path such as /api, found api",
    ],
    [
      "a token that is none",
      { userAgent, token: 7 },
      "conjureBridge.token: expected a text, or a function that gives one, found number",
    ],
    [
      "no time at all",
      { userAgent, timeoutMs: 0 },
      "conjureBridge.timeoutMs: expected a positive number, found 0",
    ],
  ];
  for (const [what, options, message] of wrong) {
    it(`refuses ${what} at once`, () => {
      assert.throws(
        () => createConjureBridge(service, options as { userAgent: typeof userAgent }),
        refusal(message),
      );
    });
  }

  it("refuses what calls cannot have, where it is said", () => {
    const bridge = createConjureBridge(service, { userAgent });

    assert.throws(
      () => bridge.with({ timeoutMs: Number.NaN }),
      refusal("conjureBridge.timeoutMs: expected a positive number, found NaN"),
    );
    assert.throws(
      () => bridge.with({ maxRetries: -1 }),
      refusal("conjureBridge.maxRetries: expected a whole number of at least 0, found -1"),
    );
    assert.throws(
      () => bridge.with({ deadlineMs: -1 }),
      refusal("conjureBridge.deadlineMs: expected a number from 0 to Infinity, found -1"),
    );
  });

  it("rejects calls that nobody could answer, and says what is wrong", async () => {
    const bridge = createConjureBridge(service, { userAgent });
    const calls: readonly (readonly [call: unknown[], message: string])[] = [
      [[], "expected an endpoint with a method and a path, found none"],
      [["S", "e", undefined, "/a"], "expected an endpoint with a method and a path, found none"],
      [["S", "e", "GET"], 'expected a path such as "/widgets/{id}", found undefined'],
      [
        ["S", "e", "GET", "/{a}", undefined, undefined, undefined, "x"],
        "/{a}: expected a list of arguments, found a string",
      ],
      [["S", "e", "GET", "/", undefined, undefined, "a=1"], "expected query by name, found a string"],
      [["S", "e", "GET", "/", undefined, "X: 1"], "expected headers by name, found a string"],
    ];
    for (const [call, message] of calls) {
      const made = bridge.call(...(call as Parameters<typeof bridge.call>));
      await assert.rejects(made, { name: "ConjureError", type: "OTHER", message: `OTHER: ${message}` });
    }
    await assert.rejects(bridge.callEndpoint(undefined as never), { type: "OTHER" });
  });

  it("sends no token where there is none, and none that is no text", async () => {
    const sent: (string | undefined)[] = [];
    const answering = fromFunction<HttpRequest, HttpResponse>(({ fields }) => {
      sent.push(fields.get("authorization"));
      return { status: 204, reason: "", fields: new Fields(), body: emptyBody };
    });
    for (const token of ["t", () => null, async () => undefined, null]) {
      await createConjureBridge(answering, { userAgent, token }).call("S", "e", "GET", "/");
    }
    assert.deepEqual(sent, ["Bearer t", undefined, undefined, undefined]);
    const wrong = createConjureBridge(answering, { userAgent, token: () => 7 as never });
    await assert.rejects(wrong.call("S", "e", "GET", "/"), {
      message: "OTHER: expected a text for a token, found a number",
    });
  });

  it("takes a base of either kind, and none", () => {
    for (const baseUrl of [
      undefined,
      "",
      "/",
      "/api",
      "/api/",
      "https://a",
      "http://a:80/api/",
      () => "/api",
    ]) {
      assert.equal(typeof createConjureBridge(service, { userAgent, baseUrl }).call, "function");
    }
  });
});

function refusal(message: string) {
  return (error: unknown) => {
    assert.ok(isMillraceError(error, "invalid-options"), String(error));
    assert.equal(error.message, message);
    return true;
  };
}
