import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isMillraceError } from "../../base/errors.js";
import { createContext } from "../../service/context.js";
import { MockService } from "../../testing/mock-service.js";
import { settle, VirtualClock } from "../../testing/virtual-clock.js";
import { type Body, BytesBody, emptyBody } from "../../wire/http/body.js";
import { Fields } from "../../wire/http/fields.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { callOptions } from "../call/call-options.js";
import { type ErrorMappingOptions, errorMapping } from "./error-mapping.js";
import { isRemoteError, RemoteError } from "./remote-error.js";
import { streamOf } from "./stream-of.test.fixture.js";

const notFound = {
  errorCode: "NOT_FOUND",
  errorName: "Widgets:WidgetNotFound",
  errorInstanceId: "b8a0f9d8-5c0c-4a4f-9d3b-3e0d8b2a4f11",
  parameters: { widgetId: "w-1" },
};

describe("errorMapping", () => {
  for (const status of [200, 201, 204, 299, 101]) {
    it(`leaves ${status} alone`, async () => {
      const { answer } = setup();
      const response = responseOf(status);

      assert.equal(await answer(response), response);
    });
  }

  it("C2: tells the status of a 404, and does not follow redirects", async () => {
    const { errorOf } = setup();

    assert.deepEqual(
      [await errorOf(responseOf(404)), await errorOf(responseOf(302))].map(({ code, status }) => [
        code,
        status,
      ]),
      [
        ["failed", 404],
        ["failed", 302],
      ],
    );
  });

  it("C5: tells how long a 429 asks to wait, and a 503 asks the same", async () => {
    const { errorOf } = setup();
    const throttled = await errorOf(responseOf(429, emptyBody, [["Retry-After", "7"]]));
    const unavailable = await errorOf(responseOf(503, emptyBody, [["Retry-After", "1"]]));

    assert.deepEqual(
      [throttled.code, throttled.retryAfterMs, throttled.propagates],
      ["throttled", 7_000, false],
    );
    assert.deepEqual([unavailable.code, unavailable.retryAfterMs], ["unavailable", 1_000]);
  });

  for (const value of ["", "-1", "1.5", "1e3", "Wed, 21 Oct 2026", "99999999999"]) {
    it(`C5: takes Retry-After: ${value} for nothing said`, async () => {
      const { errorOf } = setup();
      const error = await errorOf(responseOf(429, emptyBody, [["Retry-After", value]]));

      assert.equal(error.retryAfterMs, undefined);
    });
  }

  it("C5: reads a date in Retry-After too", async () => {
    const clock = new VirtualClock(Date.UTC(2026, 9, 21, 7, 27, 30));
    const { errorOf } = setup({ clock });
    const fields: [string, string][] = [["Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT"]];

    assert.equal((await errorOf(responseOf(503, emptyBody, fields))).retryAfterMs, 30_000);
  });

  it("C5: marks 429 and 503 as to be passed on when they propagate, and nothing else", async () => {
    const { errorOf } = setup({ serverQos: "propagate" });
    const marks: boolean[] = [];
    for (const status of [429, 503, 500, 404]) marks.push((await errorOf(responseOf(status))).propagates);

    assert.deepEqual(marks, [true, true, false, false]);
  });

  it("C9: reads the Conjure error in an answer", async () => {
    const { errorOf } = setup();
    const error = await errorOf(responseOf(404, json(notFound)));

    assert.deepEqual([error.error, error.text, error.propagates], [notFound, "", false]);
    assert.equal(
      error.message,
      "GET /widgets/{id} answered 404: NOT_FOUND Widgets:WidgetNotFound b8a0f9d8-5c0c-4a4f-9d3b-3e0d8b2a4f11",
    );
  });

  it("C9: marks a Conjure error as to be passed on when they propagate, and nothing unreadable", async () => {
    const { errorOf } = setup({ serviceError: "propagate" });

    assert.equal((await errorOf(responseOf(404, json(notFound)))).propagates, true);
    assert.equal((await errorOf(responseOf(500, BytesBody.ofText("{")))).propagates, false);
    assert.equal((await errorOf(responseOf(503, json(notFound)))).propagates, false);
  });

  it("keeps a body that is no Conjure error as text", async () => {
    const { errorOf } = setup();
    const error = await errorOf(responseOf(502, BytesBody.ofText("<h1>bad gateway ☠</h1>")));

    assert.deepEqual([error.error, error.text], [undefined, "<h1>bad gateway ☠</h1>"]);
    assert.equal(error.message, "GET /widgets/{id} answered 502");
  });

  it("cuts a huge body off after 10 KiB, between two characters, and gives up the rest", async () => {
    const { errorOf } = setup();
    const stream = streamOf([
      Buffer.from("a"),
      ...Array.from({ length: 20 }, () => Buffer.from("ä".repeat(512))),
    ]);
    const error = await errorOf(responseOf(500, stream.body));

    assert.equal(error.text, `a${"ä".repeat(5_119)}`);
    assert.equal(stream.cancelled, true);
    const whole = BytesBody.ofText(`a${"ä".repeat(10_000)}`);
    assert.equal((await errorOf(responseOf(500, whole))).text, error.text);
  });

  it("takes a body that breaks off for none", async () => {
    const { errorOf } = setup();
    const stream = streamOf([Buffer.from("half")], new Error("reset"));

    assert.equal((await errorOf(responseOf(500, stream.body))).text, "");
  });

  it("reports the caller's reason when the caller gives up while the body is read", async () => {
    const { inner, context, call } = setup();
    const answer = call();
    const stream = streamOf([], undefined, { open: true });
    inner.last.respond(responseOf(500, stream.body));
    await settle();
    context.abort(new Error("changed my mind"));
    stream.fail(new Error("aborted"));

    await assert.rejects(answer, /changed my mind/);
  });

  it("leaves errors of the way alone", async () => {
    const { inner, call } = setup();
    const answer = call();
    const error = new Error("reset");
    inner.last.fail(error);

    await assert.rejects(answer, (found) => found === error);
  });

  it("tells the hints that came with load shedding", async () => {
    const { errorOf } = setup();
    const fields: [string, string][] = [
      ["QoS-Retry-Hint", "do-not-retry"],
      ["qos-due-to", "custom"],
    ];
    const error = await errorOf(responseOf(429, emptyBody, fields));

    assert.deepEqual([error.retryHint, error.dueTo], ["do-not-retry", "custom"]);
  });

  it("survives any body", async () => {
    const { errorOf } = setup();
    const bodies = fc.oneof(
      fc.json(),
      fc.string({ unit: "binary" }),
      fc.json().map((text) => `{"errorCode":${text}}`),
    );
    await fc.assert(
      fc.asyncProperty(bodies, async (text) => {
        const { error, message } = await errorOf(responseOf(500, BytesBody.ofText(text)));
        assert.equal(error, undefined);
        assert.equal(message, "GET /widgets/{id} answered 500");
      }),
    );
  });

  it("keeps names that are none out of the message", async () => {
    const { errorOf } = setup();
    const error = await errorOf(responseOf(500, json({ ...notFound, errorName: "a\nb: c" })));

    assert.doesNotMatch(error.message, /\n/);
  });

  it("rejects what becomes of answers where that is nothing it knows", () => {
    const wrong: readonly (readonly [options: object, message: string])[] = [
      [
        { serverQos: "Propagate429And503ToCaller" },
        "errorMapping.serverQos: expected one of retry, propagate, found P",
      ],
      [{ serviceError: true }, "errorMapping.serviceError: expected one of wrap, propagate, found true"],
    ];
    for (const [options, message] of wrong) {
      assert.throws(
        () => errorMapping(options),
        (error) => isMillraceError(error, "invalid-options") && error.message.startsWith(message),
      );
    }
  });

  it("rejects a limit that is no whole number", () => {
    assert.throws(
      () => errorMapping({ maxBodyBytes: -1 }),
      (error) =>
        isMillraceError(error, "invalid-options") && /errorMapping\.maxBodyBytes/.test(error.message),
    );
  });
});

describe("isRemoteError", () => {
  it("recognises remote errors, by code where one is asked for", () => {
    const error = new RemoteError({ status: 429, fields: new Fields() });

    assert.equal(isRemoteError(error), true);
    assert.equal(isRemoteError(error, "throttled"), true);
    assert.equal(isRemoteError(error, "failed"), false);
    for (const other of [undefined, null, {}, new Error("x"), { ...error }])
      assert.equal(isRemoteError(other), false);
  });
});

function setup(options?: ErrorMappingOptions) {
  const inner = new MockService<HttpRequest, HttpResponse>({ deaf: true });
  const service = errorMapping(options)(inner);
  const context = createContext();
  const endpoint = { service: "W", version: undefined, name: "get", method: "GET", path: "/widgets/{id}" };
  context.set(callOptions, { endpoint });
  const call = () => service.call({} as HttpRequest, context);
  const answer = (response: HttpResponse) => {
    const answered = call();
    inner.last.respond(response);
    return answered;
  };
  const errorOf = (response: HttpResponse) =>
    answer(response).then(
      () => assert.fail("it was a success"),
      (error: unknown) => {
        assert.ok(isRemoteError(error), String(error));
        return error;
      },
    );
  return { inner, context, call, answer, errorOf };
}

function json(value: unknown): BytesBody {
  return BytesBody.ofText(JSON.stringify(value));
}

function responseOf(status: number, body: Body = emptyBody, fields: [string, string][] = []): HttpResponse {
  return { status, reason: "", fields: Fields.from(fields), body };
}
