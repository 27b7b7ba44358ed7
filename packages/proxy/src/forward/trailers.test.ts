import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Body, type BodySink, Fields } from "millrace/wire";
import { forwarded, linesOf, responseWith, streamBody } from "./messages.test.fixture.js";
import { forwardResponse } from "./response.js";

const sent = Fields.from([
  ["Checksum", "abc"],
  ["X-Secret", "1"],
  ["Keep-Alive", "timeout=5"],
]);

describe("withoutTrailers", () => {
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

  it("leaves no trailers when none may go on", () => {
    const { body } = forwarded({
      fields: [["Connection", "x-secret, checksum"]],
      body: bodyWithTrailers(),
    });

    assert.equal(read(body).trailers, undefined);
  });

  it("is the same body in all else", () => {
    const heard: string[] = [];
    const original = streamBody({
      length: 7,
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

    assert.deepEqual([body.length, body.done, body.trailers], [7, true, undefined]);
    assert.deepEqual(heard, ["resume", "cancel why", "onDone"]);
    assert.equal(read(body).failure, "broke");
  });
});

function bodyWithTrailers(): Body {
  const pipe = (sink: BodySink) => {
    sink.write(Buffer.from("abc"));
    sink.end(sent);
  };
  return streamBody({ trailers: sent, pipe });
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
