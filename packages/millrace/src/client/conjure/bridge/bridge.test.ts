import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as theirs from "conjure-client";
import { isMillraceError } from "../../../base/errors.js";
import { version } from "../../version.js";
import { createConjureBridge } from "./bridge.js";
import { agent, json, sameCall, setup, text } from "./bridge.test.fixture.js";
import { ConjureError } from "./conjure-error.js";

const base = { endpointPath: "/a/path", pathArguments: [], queryArguments: {} };
const { MediaType } = theirs;

describe("a bridge, beside that of conjure-client", () => {
  for (const method of ["DELETE", "GET", "PUT"]) {
    it(`B1: makes the same ${method} request`, async () => {
      const { ours, theirs, results } = await sameCall((bridge) => bridge.callEndpoint({ ...base, method }));

      assert.deepEqual(ours, theirs);
      assert.deepEqual(results, [undefined, undefined]);
    });
  }

  const posts: [string, unknown, string][] = [
    ["JSON", { a: [1, null, "ä"], b: { c: true } }, MediaType.APPLICATION_JSON],
    ["a JSON string", 'with "quotes"', MediaType.APPLICATION_JSON],
    ["a boolean", false, MediaType.APPLICATION_JSON],
    ["a number", 0, MediaType.APPLICATION_JSON],
    ["binary", new Uint8Array([0, 1, 254, 255]), MediaType.APPLICATION_OCTET_STREAM],
    ["a Blob", new Blob(["\u00e9"]), MediaType.APPLICATION_OCTET_STREAM],
    ["plain text", "text ä", MediaType.TEXT_PLAIN],
    ["a boolean as text", true, MediaType.TEXT_PLAIN],
    [
      "a form",
      formOf({ "a b": "ä", file: new Blob(["x"], { type: "image/png" }) }),
      MediaType.MULTIPART_FORM_DATA,
    ],
    ["url-encoded", { "a b": "c&d", list: [1, 2], none: null }, MediaType.APPLICATION_X_WWW_FORM_URLENCODED],
  ];
  for (const [what, data, requestMediaType] of posts) {
    it(`B2: posts ${what} the same way`, async () => {
      const { ours, theirs } = await sameCall((bridge) =>
        bridge.callEndpoint({
          ...base,
          method: "POST",
          data,
          requestMediaType: requestMediaType as theirs.MediaType,
        }),
      );

      assert.deepEqual(ours, theirs);
      assert.equal(ours.type, requestMediaType);
    });
  }

  it("B3: sends many parameters the same way", async () => {
    const { ours, theirs } = await sameCall((bridge) =>
      bridge.call(
        "S",
        "e",
        "POST",
        "/a/{one}/b/{two}/{three}",
        { d: 1 },
        { "X-A": "1", "X-B": 2, "X-C": true, "X-D": null, "X-E": undefined },
        { q: "v", n: 1, b: false, list: ["x", "y"], none: null, nothing: undefined, empty: [] },
        ["1", 2, true],
      ),
    );

    assert.deepEqual(ours, theirs);
    assert.equal(ours.url, "/a/1/b/2/true?q=v&n=1&b=false&list=x&list=y");
  });

  it("B4: encodes path and query the same way", async () => {
    const odd = "a/b?c=d&e#f %25+'()*!~{x}\u00e4\u{1f600};,:@$";
    const { ours, theirs } = await sameCall((bridge) =>
      bridge.callEndpoint({
        endpointPath: "/{one}/{two}",
        method: "GET",
        pathArguments: [odd, ""],
        queryArguments: { [odd]: odd },
      }),
    );

    assert.deepEqual(ours, theirs);
    assert.equal(new URLSearchParams(ours.url.split("?")[1]).get(odd), odd);
  });

  it("B5: asks for the token at every call, and waits for one that comes later", async () => {
    let count = 0;
    const { seen, bridge } = await setup(undefined, { token: () => `t${++count}` });
    await bridge.callEndpoint({ ...base, method: "GET" });
    await bridge.callEndpoint({ ...base, method: "GET" });
    const later = await setup(undefined, { token: async () => "later" });
    await later.bridge.callEndpoint({ ...base, method: "GET" });
    const none = await setup(undefined, { token: () => undefined });
    await none.bridge.callEndpoint({ ...base, method: "GET" });

    assert.deepEqual(
      [...seen, ...later.seen, ...none.seen].map(({ headers }) => headers["authorization"]),
      ["Bearer t1", "Bearer t2", "Bearer later", undefined],
    );
  });

  it("B5: sends a fixed token the same way", async () => {
    const { ours, theirs } = await sameCall((bridge) => bridge.callEndpoint({ ...base, method: "GET" }), {
      token: "t",
    });

    assert.deepEqual(ours, theirs);
    assert.equal(ours.authorization, "Bearer t");
  });

  it("B6: sends headers, and leaves null ones out, the same way", async () => {
    const headers = {
      "X-Text": "a ",
      "X-Number": 1.5,
      "X-True": false,
      "X-Null": null,
      "X-Undefined": undefined,
    };
    const { ours, theirs } = await sameCall((bridge) =>
      bridge.callEndpoint({ ...base, method: "GET", headers }),
    );

    assert.deepEqual(ours, theirs);
    assert.deepEqual(ours.own, [
      ["x-text", "a"],
      ["x-number", "1.5"],
      ["x-true", "false"],
    ]);
  });

  it("B7: fails for a request media type that nobody knows", async () => {
    const { bridge, seen } = await setup();
    const requestMediaType = "application/unknown";
    const error = await errorOf(
      bridge.callEndpoint({ ...base, method: "POST", data: "x", requestMediaType }),
    );
    const compact = await errorOf(bridge.call("S", "e", "POST", "/", "x", {}, {}, [], requestMediaType));

    assert.deepEqual([error.type, compact.type, seen.length], ["OTHER", "OTHER", 0]);
    assert.match(error.message, /unknown media type "application\/unknown"/);
  });

  it("B7: fails for an object as plain text", async () => {
    const { bridge } = await setup();
    const error = await errorOf(
      bridge.callEndpoint({ ...base, method: "POST", data: {}, requestMediaType: "text/plain" }),
    );

    assert.equal(error.type, "OTHER");
  });

  it("B8: tells that a body cannot be parsed, with the status", async () => {
    const { bridge, theirs } = await setup(text("not json", "application/json"));
    const ours = await errorOf(bridge.callEndpoint({ ...base, method: "GET" }));
    const other = (await theirs
      .callEndpoint({ ...base, method: "GET" })
      .catch((error: unknown) => error)) as ConjureError;

    assert.deepEqual([ours.type, ours.status, ours.body, ours.qos], ["PARSE", 200, undefined, other.qos]);
    assert.deepEqual([other.type, other.status], ["PARSE", 200]);
  });

  it("B9: tells status, body and load of an answer that is no success", async () => {
    const answers = [
      json({ errorCode: "X", a: [1] }, 400, { "QoS-Retry-Hint": "do-not-retry", "QoS-Due-To": "custom" }),
      text("<h1>no</h1>", "text/html", 502),
      text("", "", 503),
      json("text", 429),
    ];
    for (const answer of answers) {
      const { bridge, theirs } = await setup(answer);
      const ours = await errorOf(bridge.callEndpoint({ ...base, method: "GET" }));
      const other = (await theirs
        .callEndpoint({ ...base, method: "GET" })
        .catch((error: unknown) => error)) as ConjureError;
      const tell = ({ type, status, body, qos }: ConjureError) => ({ type, status, body, qos });

      assert.deepEqual(tell(ours), tell(other));
    }
  });

  it("B10: tells that no answer came", async () => {
    const { bridge, theirs } = await setup((request) => request.socket.destroy());
    const ours = await errorOf(bridge.callEndpoint({ ...base, method: "POST" }));
    const other = (await theirs
      .callEndpoint({ ...base, method: "POST" })
      .catch((error: unknown) => error)) as ConjureError;

    assert.deepEqual([ours.type, ours.status], [other.type, other.status]);
    assert.equal(ours.type, networkType);
    assert.equal(isMillraceError(ours.originalError, "connection-lost"), true);
  });

  it("B11: cannot be made without a user agent", async () => {
    const { pool } = await setup();

    assert.throws(
      () => createConjureBridge(pool, { userAgent: [] }),
      (error) => isMillraceError(error, "invalid-options") && /conjureBridge\.userAgent/.test(error.message),
    );
  });

  it("B12: sends Fetch-User-Agent for a value, a list, suppliers and what they give next", async () => {
    const second = { productName: "b", productVersion: "2", comments: ["x:1", "y"] };
    let current = { productName: "c", productVersion: "3" };
    const agents = [agent, [agent, second], [() => [agent, second]], [agent, () => current]] as const;
    const own = `widget-ui/1.2.3`;
    const expected = [own, `${own} b/2 (x:1; y)`, `${own} b/2 (x:1; y)`, `${own} c/3`, `${own} d/4`];
    const found: unknown[] = [];
    for (const [at, userAgent] of agents.entries()) {
      const { seen, bridge, theirs } = await setup(undefined, { userAgent });
      await bridge.callEndpoint({ ...base, method: "GET" });
      await theirs.callEndpoint({ ...base, method: "GET" });
      if (at === agents.length - 1) {
        current = { productName: "d", productVersion: "4" };
        await bridge.callEndpoint({ ...base, method: "GET" });
      }
      found.push(...seen.map(({ headers }) => headers));
    }
    const ours = found.filter((headers) =>
      String((headers as any)["fetch-user-agent"]).includes(" millrace/"),
    );

    assert.deepEqual(
      ours.map((headers) => (headers as any)["fetch-user-agent"]),
      expected.map((text) => `${text} millrace/${version}`),
    );
    assert.equal(found.length, ours.length + agents.length);
    assert.equal((ours[0] as any)["user-agent"], `${own} millrace/${version}`);
  });
});

const networkType = theirs.ConjureErrorType.Network;

function formOf(fields: Record<string, string | Blob>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

async function errorOf(call: Promise<unknown>): Promise<ConjureError> {
  const error = await call.then(
    () => assert.fail("it was a success"),
    (error: unknown) => error,
  );
  assert.ok(error instanceof ConjureError, String(error));
  assert.ok(theirs.isConjureError(error));
  return error;
}
