import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { conjureListener } from "../server/node-http.js";
import { decodeJson, decodeParameter, decodeParameters, encodeJson } from "./coding.js";
import { DecodeError } from "./type.js";
import { types as t } from "./types.js";
import { jsonCases, plainCases } from "./verification.test.fixture.js";

describe("C26: values of bodies", () => {
  for (const [name, { type, accepted, refused, tolerated = [] }] of Object.entries(jsonCases)) {
    for (const entry of accepted) {
      const [text, written] = pairOf(entry);
      it(`${name}: ${show(text)} is read and written again`, () => {
        for (const strict of [true, false]) {
          assert.equal(encodeJson(type, decodeJson(type, text, { strict })), written);
        }
      });
    }
    for (const text of refused) {
      it(`${name}: ${show(text)} is refused`, () => {
        assert.throws(() => decodeJson(type, text), DecodeError);
        if (text !== "") assert.throws(() => decodeJson(type, text, { strict: false }), DecodeError);
      });
    }
    for (const entry of tolerated) {
      const [text, written] = pairOf(entry);
      it(`${name}: ${show(text)} is kept by clients and refused by servers`, () => {
        assert.equal(encodeJson(type, decodeJson(type, text, { strict: false })), written);
        assert.throws(() => decodeJson(type, text), DecodeError);
      });
    }
  }
});

describe("C26: values of parameters", () => {
  for (const [name, { type, accepted, refused }] of Object.entries(plainCases)) {
    for (const entry of accepted) {
      const [text, written] = pairOf(entry);
      it(`${name}: ${show(text)} is read and written again`, () => {
        assert.equal(type.toPlain(decodeParameter(type, "p", text)), written);
      });
    }
    for (const text of refused) {
      it(`${name}: ${show(text)} is refused`, () => {
        assert.throws(() => decodeParameter(type, "p", text), DecodeError);
      });
    }
  }
});

describe("C26: over the wire", () => {
  let server: Server;
  let url: string;
  before(async () => {
    server = createServer(conjureListener(echo));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it("each accepted body comes back, and each refused one is 400", async () => {
    for (const [name, { type, accepted, refused }] of Object.entries(jsonCases)) {
      for (const entry of accepted) {
        const [text, written] = pairOf(entry);
        const answer = await fetch(`${url}/body/${encodeURIComponent(name)}`, { method: "POST", body: text });
        assert.equal(answer.status, 200, `${name} ${text}`);
        assert.equal(encodeJson(type, decodeJson(type, await answer.text())), written);
      }
      for (const text of refused) {
        const answer = await fetch(`${url}/body/${encodeURIComponent(name)}`, { method: "POST", body: text });
        assert.deepEqual(
          [answer.status, (await bodyOf(answer)).errorCode],
          [400, "INVALID_ARGUMENT"],
          `${name} ${text}`,
        );
      }
    }
  });

  it("each accepted path, query and header parameter comes back, and each refused one is 400", async () => {
    for (const [name, { accepted, refused }] of Object.entries(plainCases)) {
      const all = [
        ...accepted.map((entry) => pairOf(entry)),
        ...refused.map((text) => [text, undefined] as const),
      ];
      for (const [text, written] of all) {
        const path = encodeURIComponent(text);
        const answers = [await fetch(`${url}/query/${name}?value=${path}`)];
        // An empty segment is another path, and headers have neither outer blanks nor text above latin1.
        if (text !== "") answers.push(await fetch(`${url}/path/${name}/${path}`));
        if (/^[!-~]+$/.test(text))
          answers.push(await fetch(`${url}/header/${name}`, { headers: { value: text } }));
        for (const answer of answers) {
          const found = await answer.text();
          assert.equal(answer.status, written === undefined ? 400 : 200, `${answer.url} ${found}`);
          if (written !== undefined) assert.equal(JSON.parse(found), written);
        }
      }
    }
  });
});

describe("decodeJson", () => {
  it("tells the place of a fault, and nothing of the value", () => {
    const type = t.object({ widgets: t.list(t.object({ id: t.uuid, sizes: t.map(t.string, t.integer) })) });
    const text = '{"widgets":[{"id":"b8a0f9d8-5c0c-4a4f-9d3b-3e0d8b2a4f11","sizes":{"a b":"secret"}}]}';

    assert.throws(() => decodeJson(type, text), {
      message: 'widgets[0].sizes["a b"]: expected a whole number of 32 bits, found text',
      path: 'widgets[0].sizes["a b"]',
    });
  });

  it("is the inverse of encodeJson", () => {
    const type = t.object({
      a: t.double,
      b: t.optional(t.string),
      c: t.map(t.string, t.list(t.integer)),
      d: t.binary,
    });
    const values = fc.record(
      {
        a: fc.double().map((value) => (Object.is(value, -0) ? 0 : value)),
        b: fc.option(fc.string(), { nil: undefined }),
        c: fc.dictionary(fc.string(), fc.array(fc.integer()), { noNullPrototype: true }),
        d: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(values, (value) => {
        assert.deepEqual(decodeJson(type, encodeJson(type, value)), value);
      }),
    );
  });

  it("never fails but with DecodeError, whatever the text", () => {
    const all = Object.values(jsonCases).map(({ type }) => type);
    fc.assert(
      fc.property(
        fc.constantFrom(...all),
        fc.oneof(fc.json(), fc.string()),
        fc.boolean(),
        (type, text, strict) => {
          try {
            decodeJson(type, text, { strict });
          } catch (error) {
            assert.ok(error instanceof DecodeError, String(error));
          }
        },
      ),
    );
  });
});

describe("decodeParameter", () => {
  it("tells which one is missing or wrong", () => {
    assert.throws(() => decodeParameter(t.integer, "query limit", undefined), {
      message: "query limit: expected a whole number of 32 bits, found nothing",
    });
    assert.throws(() => decodeParameters(t.integer, "query id", ["1", "x"]), {
      message: "query id[1]: expected a whole number of 32 bits, found text",
    });
    assert.deepEqual(decodeParameters(t.integer, "query id", ["1", "2"]), [1, 2]);
  });
});

async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url!, "http://localhost");
  const [, kind, name, value] = pathname.split("/").map(decodeURIComponent) as [
    string,
    string,
    string,
    string?,
  ];
  response.setHeader("Content-Type", "application/json");
  if (kind === "body") {
    const { type } = jsonCases[name]!;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    response.end(encodeJson(type, decodeJson(type, Buffer.concat(chunks).toString())));
    return;
  }
  const { type } = plainCases[name]!;
  const header = request.headers["value"] as string | undefined;
  const given =
    kind === "query" ? (searchParams.get("value") ?? undefined) : kind === "path" ? value : header;
  response.end(JSON.stringify(type.toPlain(decodeParameter(type, kind, given))));
}

async function bodyOf(answer: Response): Promise<{ errorCode: string }> {
  return (await answer.json()) as { errorCode: string };
}

function pairOf(entry: string | readonly [string, string]): readonly [string, string] {
  return typeof entry === "string" ? [entry, entry] : entry;
}

function show(text: string): string {
  const shown = JSON.stringify(text);
  return shown.length > 60 ? `${shown.slice(0, 60)}…` : shown;
}
