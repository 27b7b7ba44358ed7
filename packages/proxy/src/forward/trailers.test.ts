import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stubBody } from "millrace/testing";
import { type Body, type BodySink, Fields } from "millrace/wire";
import { forwarded, linesOf, responseWith } from "./messages.test.fixture.js";
import { forwardResponse } from "./response.js";

const sent = Fields.from([
  ["Checksum", "abc"],
  ["X-Secret", "1"],
  ["Keep-Alive", "timeout=5"],
]);

describe("withSafeTrailers", () => {
  it("removes from a request's trailers what its Connection names", () => {
    const { body } = forwarded({ fields: [["Connection", "x-secret"]], body: bodyWithTrailers() });

    assert.deepEqual(read(body), { text: "abc", trailers: [["Checksum", "abc"]], failure: undefined });
  });

  it("removes from a response's trailers what its Connection names", () => {
    const { body } = forwardResponse(
      responseWith([["Connection", "X-Secret"]], { body: bodyWithTrailers() }),
    );

    assert.deepEqual(read(body).trailers, [["Checksum", "abc"]]);
    assert.deepEqual(body.kind === "stream" && linesOf(body.trailers!), [["Checksum", "abc"]]);
  });

  it("passes on from a request what cannot be mistaken for a field of a head, and nothing else", () => {
    const unsafe = [
      "X_Forwarded_For",
      "Transfer_Encoding",
      "X-Forwarded-Prefix",
      "X-Request-Id",
      "TE",
      "Expect",
      "Max-Forwards",
      "Content-Type",
      "Content-Encoding",
      "Range",
      "If-Match",
      "Set-Cookie",
      "Proxy",
    ];
    const trailers = Fields.from([...unsafe.map((name) => [name, "x"] as const), ["Grpc-Status", "0"]]);
    const { body } = forwarded({ fields: [], body: bodyWithTrailers(trailers) });

    assert.deepEqual(read(body).trailers, [["Grpc-Status", "0"]]);
  });

  it("leaves no trailers when none may go on", () => {
    const { body } = forwarded({
      fields: [["Connection", "x-secret, checksum"]],
      body: bodyWithTrailers(),
    });

    assert.equal(read(body).trailers, undefined);
  });

  it("is the same body in all else", () => {
    const heard: string[] = [];
    const original = stubBody({
      length: undefined,
      done: true,
      resume: () => void heard.push("resume"),
      cancel: (reason) => void heard.push(`cancel ${String(reason)}`),
      onDone: () => void heard.push("onDone"),
      pipe: (sink) => sink.fail(new Error("broke")),
    });
    const { body } = forwarded({ fields: [["Connection", "a"]], body: original });
    assert.equal(body.kind, "stream");
    if (body.kind !== "stream") return;
    body.resume();
    body.cancel("why");
    body.onDone(() => {});

    assert.deepEqual([body.length, body.done, body.trailers], [undefined, true, undefined]);
    assert.deepEqual(heard, ["resume", "cancel why", "onDone"]);
    assert.equal(read(body).failure, "broke");
  });
});

function bodyWithTrailers(trailers: Fields = sent): Body {
  const pipe = (sink: BodySink) => {
    sink.write(Buffer.from("abc"));
    sink.end(trailers);
  };
  return stubBody({ trailers, pipe });
}

function read(body: Body) {
  let text = "";
  let trailers: Fields | undefined;
  let failure: string | undefined;
  assert.equal(body.kind, "stream");
  if (body.kind === "stream") {
    body.pipe({
      write: (chunk) => (text += Buffer.from(chunk).toString()) !== "",
      end: (fields) => (trailers = fields),
      fail: (error) => (failure = error.message),
    });
  }
  return { text, trailers: trailers && linesOf(trailers), failure };
}
