import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createContext, deriveContext } from "../../service/context.js";
import { emptyBody } from "../../wire/http/body.js";
import { Fields } from "../../wire/http/fields.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { fakeNodes, jsonResponse } from "../fake-nodes.test.fixture.js";
import { openClient } from "../open-client.js";

const retries = 2;

describe("calls of a client that are made for another call", () => {
  it("have all their retries, on whatever attempt of that they are made", async () => {
    await using parts = await setup(() => jsonResponse(503));
    const context = deriveContext(createContext(), { attempt: 3 });
    await assert.rejects(parts.client.get("/", { context }), { status: 503 });
    assert.equal(parts.requests.length, 1 + retries);
    await parts.client.fetch("/");
    await parts.client.call(plainRequest(), context);

    assert.equal(parts.requests.length, 3 * (1 + retries));
    assert.deepEqual(
      parts.requests.map(({ fields }) => fields.get("client-can-retry")),
      Array(3).fill(["true", "true", "false"]).flat(),
    );
  });

  it("do not count what proxies have tried of calls beside them", async () => {
    let tried = "3";
    await using parts = await setup(() =>
      jsonResponse(503, {}, { "Proxy-Upstream-Request-Attempts": tried }),
    );
    const outer = createContext();
    const call = () => parts.client.call(plainRequest(), deriveContext(outer));
    await Promise.all([call(), call()]);
    assert.equal(parts.requests.length, 2);
    tried = "1";
    await Promise.all([call(), call()]);

    assert.equal(parts.requests.length, 2 + 2 * (1 + retries));
  });
});

function plainRequest(): HttpRequest {
  const target = { form: "origin", path: "/", authority: "", scheme: "http" } as const;
  return { method: "GET", target, minorVersion: 1, fields: new Fields(), body: emptyBody };
}

async function setup(respond: () => HttpResponse) {
  const requests: HttpRequest[] = [];
  const { options } = fakeNodes((request) => {
    requests.push(request);
    return respond();
  });
  const uris = ["http://a"];
  const client = await openClient({ ...options, service: "a", uris, maxRetries: retries, backoffSlotMs: 0 });
  return { client, requests, [Symbol.asyncDispose]: () => client.close() };
}
