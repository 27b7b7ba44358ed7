import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createContext } from "millrace/service";
import { MockService, stubBody } from "millrace/testing";
import type { HttpRequest, HttpResponse } from "millrace/wire";
import { gate } from "./gate.js";
import { linesOf, type RequestParts, requestWith, responseWith } from "./messages.test.fixture.js";

describe("gate", () => {
  for (const method of ["TRACE", "CONNECT"]) {
    it(`offers no ${method}`, async () => {
      const { answer, inner } = setup({ method, fields: [["Cookie", "secret"]] });
      const { status, fields, body } = await answer;

      assert.equal(status, 405);
      assert.equal(fields.get("connection"), "close");
      assert.match(fields.get("allow") ?? "", /^GET, HEAD, POST,/);
      assert.doesNotMatch(textOf(body), /secret/);
      assert.equal(inner.calls.length, 0);
    });
  }

  it("answers an OPTIONS that has come as far as it may", async () => {
    for (const value of ["0", "00"]) {
      const { answer, inner } = setup({ method: "OPTIONS", fields: [["Max-Forwards", value]] });

      assert.equal((await answer).status, 200);
      assert.equal(inner.calls.length, 0);
    }
  });

  it("passes on an OPTIONS that may go further, and a GET whatever its Max-Forwards", () => {
    assert.equal(setup({ method: "OPTIONS", fields: [["Max-Forwards", "1"]] }).inner.calls.length, 1);
    assert.equal(setup({ method: "OPTIONS" }).inner.calls.length, 1);
    assert.equal(setup({ fields: [["Max-Forwards", "0"]] }).inner.calls.length, 1);
  });

  it("stops a request that goes in circles", async () => {
    const circles = Array.from({ length: 10 }, () => "1.1 millrace").join(", ");
    const { answer, inner } = setup({ fields: [["Via", circles]] });

    assert.equal((await answer).status, 508);
    assert.equal(inner.calls.length, 0);
    assert.equal(setup({ fields: [["Via", circles]] }, false).inner.calls.length, 1);
  });

  it("gives up the content of a request that it answers itself", () => {
    let cancelled = 0;
    setup({ method: "TRACE", body: stubBody({ cancel: () => void (cancelled += 1) }) });

    assert.equal(cancelled, 1);
  });

  it("passes everything else on as it is, and is ready when the inner service is", async () => {
    const { request, inner, answer, service } = setup({ method: "PURGE" });
    const response = responseWith([["A", "b"]]);
    inner.last.respond(response);

    assert.equal(inner.last.request, request);
    assert.equal(await answer, response);
    assert.deepEqual(linesOf(response.fields), [["A", "b"]]);
    inner.allow(0);
    assert.equal(service.ready, false);
    const ready = service.whenReady();
    inner.allow(1);
    await ready;
  });
});

function setup(parts: RequestParts, pseudonym: string | false = "millrace") {
  const inner = new MockService<HttpRequest, HttpResponse>();
  const service = gate(pseudonym)(inner);
  const request = requestWith(parts);
  return { inner, service, request, answer: service.call(request, createContext()) };
}

function textOf(body: HttpResponse["body"]): string {
  return body.kind === "bytes" ? body.text() : "";
}
