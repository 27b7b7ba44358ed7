import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { isMillraceError } from "../../base/errors.js";
import type { CallContext } from "../../service/context.js";
import { BytesBody, emptyBody } from "../../wire/http/body.js";
import { Fields } from "../../wire/http/fields.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { fakeNodes, jsonResponse } from "../fake-nodes.test.fixture.js";
import { openClient } from "../open-client.js";
import { createJsonFace } from "./create-json-face.js";

const widget = z.object({ id: z.number(), name: z.string().default("none") });

describe("the JSON face", () => {
  it("sends what the options say", async () => {
    await using parts = await setup(() => jsonResponse(200, 1));
    await parts.client.post("/widgets/{id}", {
      path: { id: "a b" },
      query: { tag: ["x", "y"], page: 2, none: undefined },
      headers: { "X-Own": "yes", Accept: "application/vnd.widgets+json" },
      body: { name: "ü" },
    });
    const { method, target, fields, body } = parts.last();

    assert.deepEqual([method, target.path], ["POST", "/widgets/a%20b?tag=x&tag=y&page=2"]);
    assert.equal(fields.get("x-own"), "yes");
    assert.equal(fields.get("accept"), "application/vnd.widgets+json");
    assert.equal(fields.get("content-type"), "application/json");
    assert.equal((body as BytesBody).text(), '{"name":"ü"}');
  });

  it("gives what a schema makes of the answer, typed", async () => {
    await using parts = await setup(() => jsonResponse(200, { id: 7 }));
    const found = await parts.client.get("/widgets/{id}", { path: { id: 7 }, schema: widget });
    const id: number = found.id;

    assert.deepEqual([id, found.name], [7, "none"]);
  });

  it("says where an answer does not fit its schema", async () => {
    await using parts = await setup(() => jsonResponse(200, { items: [{ id: "7" }] }));
    const schema = z.object({ items: z.array(widget) });

    await assert.rejects(parts.client.get("/widgets", { schema }), (error) => {
      assert.ok(isMillraceError(error, "protocol"));
      assert.match(error.message, /^answer of GET \/widgets: items\[0\]\.id: /);
      return true;
    });
  });

  it("gives undefined for an answer without content", async () => {
    for (const response of [answer(204, emptyBody), answer(200, emptyBody)]) {
      await using parts = await setup(() => response);
      assert.equal(await parts.client.delete("/widgets/{id}", { path: { id: 1 } }), undefined);
    }
  });

  const bad: readonly (readonly [what: string, response: HttpResponse, message: RegExp])[] = [
    ["HTML", answer(200, BytesBody.ofText("<p>"), "text/html"), /GET \/: expected JSON, found text\/html$/],
    [
      "broken JSON",
      answer(200, BytesBody.ofText('{"a'), "application/json"),
      /GET \/: expected JSON, found what is none$/,
    ],
  ];
  for (const [what, response, message] of bad) {
    it(`refuses ${what} for an answer`, async () => {
      await using parts = await setup(() => response);
      await assert.rejects(parts.client.get("/"), (error) => {
        return isMillraceError(error, "protocol") && message.test(error.message);
      });
    });
  }

  it("refuses what cannot be sent before anything is", async () => {
    await using parts = await setup(() => jsonResponse(200));
    const { client } = parts;
    await assert.rejects(client.get("/widgets/{id}" as string), /path\.id: expected a value/);
    await assert.rejects(client.post("/", { body: () => {} }), TypeError);
    await assert.rejects(client.post("/", { body: 1, content: "1" }), TypeError);
    await assert.rejects(client.get("/", { headers: { "a b": "c" } }), TypeError);
    await assert.rejects(client.get("/", { retries: -1 }), /call\.retries: expected a whole number/);
    await assert.rejects(client.get("/", { deadlineMs: -1 }), /call\.deadlineMs: expected a number/);

    assert.equal(parts.requests.length, 0);
  });

  it("refuses what is no service at once", () => {
    for (const [wrong, found] of [
      [undefined, "undefined"],
      [{ get() {} }, "an object without a call"],
    ] as const) {
      const service = wrong as unknown as Parameters<typeof createJsonFace>[0];
      assert.throws(
        () => createJsonFace(service, { service: "widgets" }),
        (error) => {
          const expected = `json.service: expected a service, such as a channel or a client, found ${found}`;
          return isMillraceError(error, "invalid-options") && error.message === expected;
        },
      );
    }
  });

  const wrongOptions: readonly (readonly [options: object, message: string])[] = [
    [{ maxBytes: -1 }, "call.maxBytes: expected a number from 0 to Infinity, found -1"],
    [{ maxBytes: Number.NaN }, "call.maxBytes: expected a number from 0 to Infinity, found NaN"],
    [{ idempotent: "no" }, "call.idempotent: expected true or false, found no"],
    [{ schema: {} }, "call.schema.validate: expected a function, found undefined"],
    [{ retries: -1 }, "call.retries: expected a whole number of at least 0, found -1"],
    [{ deadlineMs: Number.NaN }, "call.deadlineMs: expected a number from 0 to Infinity, found NaN"],
  ];
  for (const [options, message] of wrongOptions) {
    it(`rejects a call with what it cannot go by: ${message}`, async () => {
      await using parts = await setup(() => jsonResponse(200, 1));
      await assert.rejects(parts.client.get("/", options), (error) => {
        return isMillraceError(error, "invalid-options") && error.message === message;
      });
      assert.equal(parts.requests.length, 0);
    });
  }

  it("rejects a method that is none", async () => {
    await using parts = await setup(() => jsonResponse(200, 1));
    for (const method of [undefined as never, "", "G ET"]) {
      await assert.rejects(
        parts.client.request(method, "/"),
        /^MillraceError: call\.method: expected the name of a method/,
      );
    }
  });

  it("rejects what is no signal and no context, and does not throw it", async () => {
    await using parts = await setup(() => jsonResponse(200, 1));
    const wrong = [{ signal: {} as AbortSignal }, { context: {} as CallContext }];
    for (const options of wrong) {
      const call = parts.client.get("/", options);
      await assert.rejects(call, TypeError);
    }
  });

  it("makes the fields of a method and a template once, for calls that add none", async () => {
    await using parts = await setup(() => jsonResponse(200, 1));
    const { client } = parts;
    await client.get("/widgets/{id}", { path: { id: 1 } });
    await client.get("/widgets/{id}", { path: { id: 2 } });
    await client.post("/widgets/{id}", { path: { id: 2 }, body: {} });
    await client.get("/widgets/{id}", { path: { id: 2 }, headers: { "X-Own": "yes" } });
    const [first, second, withBody, withOwn] = parts.requests.map(({ fields }) => fields);

    assert.equal(second, first);
    assert.deepEqual(
      [...first!].map(([name]) => name),
      ["Accept", "User-Agent", "Accept-Encoding", "client-can-retry"],
    );
    assert.equal(withBody!.get("content-type"), "application/json");
    assert.equal(first!.has("x-own"), false);
    assert.equal(withOwn!.get("x-own"), "yes");
  });

  it("says of each call whether it would be tried again, once", async () => {
    await using parts = await setup(() => jsonResponse(200, 1));
    const { client } = parts;
    await client.get("/");
    await client.get("/", { retries: 0 });
    await client.get("/", { headers: { "Client-Can-Retry": "false" } });

    assert.deepEqual(
      parts.requests.map(({ fields }) => fields.getAll("client-can-retry")),
      [["true"], ["false"], ["true"]],
    );
  });

  it("reads no more of an answer, and of an error, than allowed", async () => {
    await using parts = await setup(() => jsonResponse(200, "x".repeat(100)));
    await assert.rejects(parts.client.get("/", { maxBytes: 10 }), (error) =>
      isMillraceError(error, "too-large"),
    );
    await using failing = await setup(() => answer(400, BytesBody.ofText("x".repeat(100_000))));

    await assert.rejects(
      failing.client.get("/"),
      (error) => (error as { text: string }).text.length <= 10_240,
    );
  });
});

async function setup(respond: (request: HttpRequest) => HttpResponse) {
  const requests: HttpRequest[] = [];
  const nodes = fakeNodes((request) => {
    requests.push(request);
    return respond(request);
  });
  const client = await openClient({ ...nodes.options, service: "widgets", uris: ["http://one"] });
  return { client, requests, last: () => requests.at(-1)!, [Symbol.asyncDispose]: () => client.close() };
}

function answer(status: number, body: HttpResponse["body"], type?: string): HttpResponse {
  const fields = Fields.from(type === undefined ? [] : [["Content-Type", type]]);
  return { status, reason: "", fields, body };
}
