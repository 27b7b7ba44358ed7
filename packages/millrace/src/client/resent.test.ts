import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, it } from "node:test";
import type { Body } from "../wire/http/body.js";
import { SentBody } from "./call/sent-body.js";
import { isRemoteError } from "./conjure/remote-error.js";
import { clientOf, contentOf, openServer } from "./server.test.fixture.js";

/** How a first attempt fails, once its content was read. */
const failures: readonly (readonly [how: string, fail: Failing])[] = [
  ["503", (_, response) => response.writeHead(503).end()],
  ["429", (_, response) => response.writeHead(429).end()],
  ["a hang-up", (request) => request.socket.destroy()],
];

type Failing = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Contents, and whether they can be sent again once begun. */
const contents: readonly (readonly [what: string, make: () => Sent, expected: string, again: boolean])[] = [
  ["no content", () => ({}), "", true],
  ["whole content", () => ({ content: "ab" }), "ab", true],
  ["content of a Blob", () => ({ content: new Blob(["a", "b"]) }), "ab", true],
  ["content of a stream", () => ({ content: stream("a", "b") }), "ab", false],
];

type Sent = { readonly content?: string | Blob | AsyncIterable<Uint8Array> };

describe("C15: what a client sends again", () => {
  for (const [what, make, expected, again] of contents) {
    for (const [how, fail] of failures) {
      it(`C15: ${again ? "sends" : "cannot send"} ${what} again after ${how}`, async () => {
        await using server = await openServer(async (request, response, nth) => {
          const content = await contentOf(request);
          if (nth === 1) fail(request, response);
          else response.end(JSON.stringify(content));
        });
        await using client = await clientOf([server.url]);
        const call = client.put("/", make());
        if (again) assert.equal(await call, expected);
        else await assert.rejects(call);

        assert.equal(server.requests, again ? 2 : 1);
      });
    }
  }

  it("C15: gives the first failure to whoever's stream cannot be sent again", async () => {
    await using server = await openServer(async (request, response) => {
      await contentOf(request);
      response.writeHead(503).end("busy");
    });
    await using client = await clientOf([server.url]);

    await assert.rejects(client.put("/", { content: stream("a") }), (error) => {
      return isRemoteError(error) && error.status === 503 && error.text === "busy";
    });
  });

  it("C15: sends a stream that failed in the middle no more, and tells its failure", async () => {
    await using server = await openServer((request) => void request.resume());
    await using client = await clientOf([server.url]);
    async function* broken() {
      yield Buffer.from("a");
      throw new Error("the source is gone");
    }

    await assert.rejects(client.put("/", { content: broken() }), /the source is gone/);
    assert.ok(server.requests <= 1);
  });

  it("C15: asks no content to be made again that nobody has begun to read", async () => {
    let made = 0;
    const body = new SentBody(untouched(), () => {
      made += 1;
      return { kind: "empty", length: 0 };
    });

    assert.equal(body.again(), body);
    assert.equal(made, 0);
  });

  it("C15: does not send a POST again after a hang-up or a 500, but after a 503", async () => {
    for (const [fail, calls] of [
      [(request: IncomingMessage) => request.socket.destroy(), 1],
      [(_: IncomingMessage, response: ServerResponse) => response.writeHead(500).end(), 1],
      [(_: IncomingMessage, response: ServerResponse) => response.writeHead(503).end(), 2],
    ] as const) {
      await using server = await openServer((request, response, nth) => {
        if (nth === 1) fail(request, response);
        else response.end();
      });
      await using client = await clientOf([server.url]);
      await client.post("/", { body: {} }).catch(() => {});

      assert.equal(server.requests, calls);
    }
  });
});

function untouched(): Extract<Body, { kind: "stream" }> {
  return {
    kind: "stream",
    length: undefined,
    trailers: undefined,
    done: false,
    pipe: () => assert.fail("nobody is to read it"),
    resume: () => {},
    cancel: () => {},
    onDone: () => {},
    [Symbol.asyncIterator]: () => assert.fail("nobody is to read it"),
  };
}

async function* stream(...texts: readonly string[]) {
  for (const text of texts) yield Buffer.from(text);
}
