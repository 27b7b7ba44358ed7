import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { createContext, fromFunction, type Policy } from "../../service/index.js";
import { emptyBody, Fields, type HttpRequest, type HttpResponse } from "../../wire/index.js";
import { requestTo } from "../../wire/proof/client-side.js";
import { setField } from "./set-field.js";
import { userAgent } from "./user-agent.js";

describe("setField", () => {
  it("sets a field that a request does not have, and leaves the request as it was", async () => {
    const layer = setField("X-Tenant", { value: "acme" });
    const request = requestTo("/");

    assert.equal(await sent(layer, request, "x-tenant"), "acme");
    assert.equal(request.fields.size, 0);
    assert.equal(await sent(layer, with_("X-Tenant", "own"), "x-tenant"), "own");
  });

  it("replaces a request's own field when it is told to", async () => {
    const layer = setField("X-Tenant", { value: "acme", replace: true });

    assert.equal(await sent(layer, with_("x-tenant", "own"), "x-tenant"), "acme");
  });

  it("asks for the value of each request, which may be none", async () => {
    const layer = setField("X-Path", {
      value: ({ target }) => (target.path === "/" ? undefined : target.path),
    });

    assert.equal(await sent(layer, requestTo("/a"), "x-path"), "/a");
    assert.equal(await sent(layer, requestTo("/"), "x-path"), undefined);
  });

  it("refuses what cannot be sent", async () => {
    assert.throws(
      () => setField("a b", { value: "" }),
      (error) => isMillraceError(error, "invalid-options"),
    );
    for (const value of ["b\r\nc: d", null, 7]) {
      assert.throws(
        () => setField("a", { value: value as never }),
        /setField\.value: expected text that a field/,
      );
    }
    await assert.rejects(
      sent(setField("a", { value: () => "b\r\nc: d" }), requestTo("/"), "a"),
      /visible latin1 text/,
    );
  });
});

describe("userAgent", () => {
  it("names products in order, and only where the request does not", async () => {
    const layer = userAgent(
      { name: "orders", version: "1.4.2", comment: "node 20; linux" },
      { name: "millrace" },
    );

    assert.equal(await sent(layer, requestTo("/"), "user-agent"), "orders/1.4.2 (node 20; linux) millrace");
    assert.equal(await sent(layer, with_("User-Agent", "curl"), "user-agent"), "curl");
  });

  it("refuses products that cannot be written", () => {
    assert.throws(() => userAgent(), /at least one product/);
    assert.throws(() => userAgent({ name: "a b" }), /userAgent\.name/);
    assert.throws(() => userAgent({ name: "a", version: "1 2" }), /userAgent\.version/);
    assert.throws(() => userAgent({ name: "a", comment: "(b)" }), /userAgent\.comment/);
  });
});

async function sent(layer: Policy<HttpRequest, HttpResponse>, request: HttpRequest, name: string) {
  let value: string | undefined;
  const service = layer(
    fromFunction(({ fields }: HttpRequest) => {
      value = fields.get(name);
      return { status: 200, reason: "", fields: new Fields(), body: emptyBody };
    }),
  );
  await service.call(request, createContext());
  return value;
}

function with_(name: string, value: string): HttpRequest {
  return requestTo("/", { fields: Fields.from([[name, value]]) });
}
