import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isMillraceError, MillraceError } from "../../../base/errors.js";
import { Fields } from "../../../wire/http/fields.js";
import { ConjureError } from "../bridge/conjure-error.js";
import { type ConjureErrorCode, statusOfCode } from "../error-code.js";
import { RemoteError } from "../remote-error.js";
import { parseSerializedError } from "../serialized-error.js";
import { type ErrorAnswer, errorAnswer } from "./error-answer.js";
import { isQosError, QosError } from "./qos-error.js";
import { isServiceError, ServiceError } from "./service-error.js";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("errorAnswer", () => {
  const statuses: [ConjureErrorCode, number][] = [
    ["PERMISSION_DENIED", 403],
    ["INVALID_ARGUMENT", 400],
    ["NOT_FOUND", 404],
    ["CONFLICT", 409],
    ["REQUEST_ENTITY_TOO_LARGE", 413],
    ["FAILED_PRECONDITION", 500],
    ["INTERNAL", 500],
    ["TIMEOUT", 500],
    ["CUSTOM_CLIENT", 400],
    ["CUSTOM_SERVER", 500],
  ];
  for (const [code, status] of statuses) {
    it(`gives ${code} the status ${status}`, () => {
      const answer = errorAnswer(new ServiceError({ code, name: "A:B" }));

      assert.equal(answer.status, status);
      assert.deepEqual(answer.headers, { "content-type": "application/json" });
      assert.deepEqual(parseSerializedError(answer.body), answer.error);
    });
  }

  it("sends safe and unsafe parameters alike", () => {
    const { error } = errorAnswer(
      new ServiceError({
        code: "INTERNAL",
        name: "A:B",
        safe: { a: 1 },
        unsafe: { b: [true] },
        instanceId: "i",
      }),
    );

    assert.deepEqual(error, {
      errorCode: "INTERNAL",
      errorName: "A:B",
      errorInstanceId: "i",
      parameters: { a: 1, b: [true] },
    });
  });

  it("leaves out parameters that cannot be written", () => {
    const ring: Record<string, unknown> = {};
    ring["self"] = ring;
    for (const safe of [ring, { big: 1n }]) {
      const { body } = errorAnswer(new ServiceError({ code: "INTERNAL", name: "A:B", safe }));

      assert.deepEqual(parseSerializedError(body)?.parameters, {});
    }
  });

  const plain: [string, unknown, number, string | undefined][] = [
    ["anything thrown", "text", 500, "Default:Internal"],
    ["nothing thrown", undefined, 500, "Default:Internal"],
    ["a TypeError", new TypeError("x"), 500, "Default:Internal"],
    ["a fault of the client", withStatus({ statusCode: 400 }), 400, "Default:InvalidArgument"],
    ["a missing route", withStatus({ status: 404 }), 404, "Default:NotFound"],
    ["a body too long", withStatus({ statusCode: 413 }), 413, "Default:RequestEntityTooLarge"],
    ["a wrong media type", withStatus({ statusCode: 415 }), 415, "Default:CustomClient"],
    ["a fault of a framework", withStatus({ statusCode: 503 }), 500, "Default:Internal"],
    ["a status that is none", withStatus({ status: "404" }), 500, "Default:Internal"],
    ["a timeout", failure("timeout"), 500, "Default:Timeout"],
    ["a server that was unavailable", failure("unavailable"), 500, "Default:Internal"],
    ["load that was shed", failure("overloaded"), 503, undefined],
    ["a 404 of another server", remote(404), 500, "Default:Internal"],
    ["a 429 of another server", remote(429), 500, "Default:Internal"],
    ["a 429 of another server that propagates", remote(429, true), 429, undefined],
    ["a 503 of another server that propagates", remote(503, true), 503, undefined],
    ["a 404 that a generated client got", generated(remote(404)), 500, "Default:Internal"],
    ["a 429 that a generated client got and propagates", generated(remote(429, true)), 429, undefined],
  ];
  for (const [what, error, status, name] of plain) {
    it(`answers ${what} with ${status}`, () => {
      const answer = errorAnswer(error);

      assert.deepEqual([answer.status, answer.error?.errorName], [status, name]);
      if (name === undefined) assert.equal(answer.body, "");
      else assert.match(answer.error!.errorInstanceId, uuid);
    });
  }

  it("passes on an error with a code it does not know as 500", () => {
    const error = { errorCode: "NEWER", errorName: "A:B", errorInstanceId: "i", parameters: {} };
    const answer = errorAnswer(
      new RemoteError({ status: 418, fields: new Fields(), error, propagates: true }),
    );

    assert.deepEqual([answer.status, answer.error], [500, error]);
  });

  it("says with a refusal how clients can help", () => {
    const refused = new QosError({ kind: "throttle", retryAfterMs: 1, doNotRetry: true, dueTo: "custom" });

    assert.deepEqual(errorAnswer(refused).headers, {
      "retry-after": "1",
      "qos-retry-hint": "do-not-retry",
      "qos-due-to": "custom",
    });
    assert.deepEqual(errorAnswer(new QosError({ kind: "unavailable" })).headers, {});
    const waits = [-5, 0, 0.5, NaN, Infinity].map((retryAfterMs) => {
      return errorAnswer(new QosError({ kind: "throttle", retryAfterMs })).headers["retry-after"];
    });
    assert.deepEqual(waits, ["0", "0", "1", undefined, undefined]);
  });

  it("passes on how clients can help", () => {
    const fields = Fields.from([
      ["QoS-Retry-Hint", "do-not-retry"],
      ["QoS-Due-To", "custom"],
    ]);
    const error = new RemoteError({ status: 429, fields, retryAfterMs: 3_000, propagates: true });

    assert.deepEqual(errorAnswer(error).headers, {
      "retry-after": "3",
      "qos-retry-hint": "do-not-retry",
      "qos-due-to": "custom",
    });
  });

  it("tells an observer the error with its answer, and survives the observer", () => {
    const told: [unknown, ErrorAnswer][] = [];
    const error = new Error("x");
    const answer = errorAnswer(error, {
      onError: (...event) => {
        told.push(event);
        throw new Error("the log is full");
      },
    });

    assert.deepEqual(told, [[error, answer]]);
  });

  it("answers whatever is thrown", () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        assert.equal(errorAnswer(thrown).status, 500);
      }),
    );
  });
});

describe("ServiceError", () => {
  it("tells nothing unsafe in its message", () => {
    const error = new ServiceError({ code: "NOT_FOUND", name: "A:B", unsafe: { secret: "s3cret" } });

    assert.equal(error.message, `A:B (NOT_FOUND, ${error.instanceId})`);
    assert.match(error.instanceId, uuid);
  });

  for (const name of ["", "A", "a:B", "A:b", "A:B:C", "A B:C", "A:", ":B", "A:B\n"]) {
    it(`refuses the name ${JSON.stringify(name)}`, () => {
      assert.throws(
        () => new ServiceError({ code: "INTERNAL", name }),
        (error) => isMillraceError(error, "invalid-options"),
      );
    });
  }

  it("refuses a code that Conjure does not have", () => {
    for (const code of ["UNAUTHORIZED", "toString"]) {
      assert.throws(
        () => new ServiceError({ code: code as "INTERNAL", name: "A:B" }),
        (error) => isMillraceError(error, "invalid-options"),
      );
      assert.equal(statusOfCode(code), undefined);
    }
  });

  it("is recognised, as is QosError, and nothing else", () => {
    const service = new ServiceError({ code: "INTERNAL", name: "A:B" });
    const qos = new QosError({ kind: "throttle" });
    const all = [service, qos, new Error("x"), null, {}];

    assert.deepEqual(all.map(isServiceError), [true, false, false, false, false]);
    assert.deepEqual(all.map(isQosError), [false, true, false, false, false]);
  });
});

function generated(originalError: RemoteError): ConjureError {
  return new ConjureError("STATUS", { originalError, status: originalError.status });
}

function withStatus(status: object): Error {
  return Object.assign(new Error("x"), status);
}

function failure(code: "timeout" | "unavailable" | "overloaded"): MillraceError {
  return new MillraceError("x", { code, unsent: false });
}

function remote(status: number, propagates = false): RemoteError {
  return new RemoteError({ status, fields: new Fields(), propagates });
}
