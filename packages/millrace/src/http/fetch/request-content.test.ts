import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Echo, type Origin, openOrigin } from "../origin.test.fixture.js";
import { createFetch } from "./create-fetch.js";
import type { FetchInit } from "./fetch-plan.js";

describe("createFetch, with content that is sent again", () => {
  let origin: Origin;
  before(async () => (origin = await openOrigin()));
  after(() => origin[Symbol.asyncDispose]());

  const short: Record<string, () => NonNullable<RequestInit["body"]>> = {
    bytes: () => new Uint8Array([1, 2, 200]),
    "a stream of a few chunks": () => streamOf(3, 1_000),
    "a stream of as much as is kept": () => streamOf(16, 64 * 1024),
  };
  for (const [what, body] of Object.entries(short)) {
    it(`sends a Request of ${what} again after a 307 and a 308`, async () => {
      const expected = Buffer.from(await new Response(body()).arrayBuffer()).toString("latin1");
      const to = encodeURIComponent("/redirect?code=308&to=/echo");
      const init = { method: "POST", body: body(), duplex: "half" } as RequestInit;
      const answer = await ask(new Request(`${origin.url}/redirect?code=307&to=${to}`, init));

      assert.equal(((await answer.json()) as Echo).body, expected);
    });
  }

  it("does not keep more than 1 MiB of a Request to send it again", async () => {
    const init = { method: "POST", body: streamOf(17, 64 * 1024), duplex: "half" } as RequestInit;

    await assert.rejects(
      ask(new Request(`${origin.url}/redirect?code=307&to=/echo`, init)),
      (error: TypeError) => /too long to keep/.test((error.cause as Error).message),
    );
  });

  it("tells the length that the caller knows of a stream", async () => {
    const init = { method: "POST", body: streamOf(2, 5), headers: { "Content-Length": "10" } };
    const { headers, body } = (await (await ask("/echo", init as FetchInit)).json()) as Echo;

    assert.deepEqual(
      [headers["content-length"], headers["transfer-encoding"], body],
      ["10", undefined, "xxxxxxxxxx"],
    );
  });

  it("fails with the reason of a signal that aborts before content is read that is here already", async () => {
    const controller = new AbortController();
    const response = await ask("/text", { signal: controller.signal });
    controller.abort(new RangeError("changed my mind"));

    await assert.rejects(response.text(), /changed my mind/);
    assert.equal(response.bodyUsed, true);
  });

  function ask(input: string | Request, init?: FetchInit) {
    return createFetch(origin.pool, { base: origin.url })(input, init);
  }
});

function streamOf(chunks: number, bytes: number): ReadableStream<Uint8Array> {
  let left = chunks;
  return new ReadableStream({
    pull(to) {
      if (left-- > 0) to.enqueue(Buffer.alloc(bytes, "x"));
      else to.close();
    },
  });
}
