import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as zlib from "node:zlib";
import fc from "fast-check";
import { isMillraceError } from "../../base/errors.js";
import { createContext, fromFunction } from "../../service/index.js";
import {
  type Body,
  BytesBody,
  Fields,
  type HttpRequest,
  type HttpResponse,
  readAll,
} from "../../wire/index.js";
import { requestTo } from "../../wire/proof/client-side.js";
import { PulledBody } from "../body/pulled-body.js";
import { codingOf } from "./codings.js";
import { type DecompressOptions, decompress } from "./decompress.js";

const encoders: Record<string, (bytes: Uint8Array) => Buffer> = {
  gzip: zlib.gzipSync,
  "x-gzip": zlib.gzipSync,
  deflate: zlib.deflateSync,
  "deflate, raw": zlib.deflateRawSync,
  br: zlib.brotliCompressSync,
};
const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Uint8Array) => Buffer };
if (zstdCompressSync && codingOf("zstd")) encoders["zstd"] = zstdCompressSync;

describe("decompress", () => {
  for (const [name, encode] of Object.entries(encoders)) {
    it(`decodes ${name}, whole or cut into pieces anywhere`, async () => {
      const content = fc.tuple(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(1, 50, 400));
      await fc.assert(
        fc.asyncProperty(content, fc.integer({ min: 1, max: 5_000 }), async ([piece, times], size) => {
          const plain = Buffer.concat(Array.from({ length: times }, () => piece));
          const encoded = encode(plain);

          for (const body of [BytesBody.of(encoded), piecesOf(encoded, size)]) {
            const response = await answered({ encoding: name.split(",")[0]!, body });
            assert.deepEqual(Buffer.from(await readAll(response.body)), plain);
            assert.equal(response.fields.has("content-encoding"), false);
            assert.equal(response.fields.has("content-length"), false);
          }
        }),
        { numRuns: 30 },
      );
    });
  }

  it("undoes several codings, the last one first", async () => {
    const encoded = zlib.brotliCompressSync(zlib.gzipSync("twice"));
    const response = await answered({ encoding: "GZIP, identity, br", body: BytesBody.of(encoded) });

    assert.equal(Buffer.from(await readAll(response.body)).toString(), "twice");
  });

  it("asks for what it can decode, unless the request says itself what it wants", async () => {
    const offered = codingOf("zstd") ? "gzip, deflate, br, zstd" : "gzip, deflate, br";
    const asked: (string | undefined)[] = [];
    const service = decompress()(
      fromFunction((request: HttpRequest) => {
        asked.push(request.fields.get("accept-encoding"));
        return responseWith({ body: BytesBody.ofText("plain") });
      }),
    );
    const own = requestTo("/");
    for (const fields of [
      own.fields,
      Fields.from([["Accept-Encoding", "br"]]),
      Fields.from([["Range", "bytes=0-1"]]),
    ]) {
      await service.call({ ...own, fields }, createContext());
    }

    assert.deepEqual(asked, [offered, "br", undefined]);
    assert.equal(own.fields.size, 0);
  });

  it("hands on the very response that is not encoded", async () => {
    const plain = responseWith({ body: BytesBody.ofText("plain") });
    const service = decompress()(fromFunction(() => plain));

    assert.equal(await service.call(requestTo("/"), createContext()), plain);
  });

  it("leaves alone what has no content, is a part, or is of an unknown coding", async () => {
    const body = BytesBody.of(zlib.gzipSync("content"));
    const cases = [
      { method: "HEAD", response: { encoding: "gzip", body } },
      { method: "GET", response: { encoding: "gzip", body, status: 204 } },
      { method: "GET", response: { encoding: "gzip", body, status: 304 } },
      { method: "GET", response: { encoding: "gzip", body, status: 206 } },
      { method: "GET", response: { encoding: "gzip, rot13", body } },
      { method: "HEAD", response: { encoding: "gzip, gzip, gzip, gzip, gzip, gzip", body } },
    ];
    for (const { method, response } of cases) {
      const answer = await answered(response, { method });
      assert.equal(answer.body, body);
      assert.equal(answer.fields.get("content-encoding"), response.encoding);
    }
  });

  it("refuses more than five codings over one another, and gives the content up", async () => {
    let encoded = Buffer.from("content");
    for (let coding = 0; coding < 5; coding += 1) encoded = zlib.gzipSync(encoded);
    const encoding = "gzip, gzip, gzip, gzip, gzip";
    const five = await answered({ encoding, body: BytesBody.of(encoded) });
    assert.equal(Buffer.from(await readAll(five.body)).toString(), "content");

    const body = piecesOf(zlib.gzipSync(encoded), 10);
    await assert.rejects(answered({ encoding: `${encoding}, gzip`, body }), (error) => {
      assert.ok(isMillraceError(error, "too-large") && !error.unsent);
      assert.match(error.message, /^the content of a response has 6 codings over one another, more than 5$/);
      return true;
    });
    assert.equal(body.done, true);
  });

  it("decodes in spite of no-transform, unless it passes messages on", async () => {
    const response = {
      encoding: "gzip",
      body: BytesBody.of(zlib.gzipSync("content")),
      control: "private, No-Transform",
    };

    assert.equal((await answered(response)).fields.has("content-encoding"), false);
    assert.equal(
      (await answered(response, { options: { respectNoTransform: true } })).fields.has("content-encoding"),
      true,
    );
  });

  it("takes no content for no content, however it is said to be encoded", async () => {
    const response = await answered({
      encoding: "gzip",
      body: new PulledBody(() => [][Symbol.iterator]() as never, 0),
    });

    assert.equal(
      (await answered({ encoding: "gzip", body: { kind: "empty", length: 0 } })).body.kind,
      "empty",
    );
    assert.equal(response.fields.has("content-encoding"), false);
  });

  for (const [name, encode] of Object.entries(encoders)) {
    it(`fails where content of ${name} is cut short or broken`, async () => {
      const encoded = encode(Buffer.from("content that is long enough ".repeat(30)));
      const cut = encoded.subarray(0, encoded.length - 5);
      const broken = Buffer.alloc(encoded.length, 0xff);
      for (const bad of [cut, broken]) {
        for (const body of [BytesBody.of(bad), piecesOf(bad, 7)]) {
          const response = await answered({ encoding: name.split(",")[0]!, body });
          await assert.rejects(readAll(response.body), (error) => isMillraceError(error, "protocol"));
        }
      }
    });
  }

  it("breaks off content that grows beyond the bounds, and gives its source up", async () => {
    const bomb = zlib.gzipSync(Buffer.alloc(30_000_000));
    for (const [options, found] of [
      [{ maxBytes: 1_000 }, /over 1000 bytes/],
      [{ maxRatio: 50 }, /over 50 times/],
      [{}, /over 100 times/],
    ] as [DecompressOptions, RegExp][]) {
      const encoded = piecesOf(bomb, 5_000);
      const response = await answered({ encoding: "gzip", body: encoded }, { options });

      await assert.rejects(
        readAll(response.body),
        (error) => isMillraceError(error, "too-large") && found.test(error.message),
      );
      assert.equal(encoded.done, true);
    }
    const generous = await answered(
      { encoding: "gzip", body: piecesOf(bomb, 5_000) },
      { options: { maxRatio: Infinity } },
    );
    assert.equal((await readAll(generous.body)).length, 30_000_000);
  });

  it("waits for its reader, and lets go of the source when the reader leaves", async () => {
    let given = 0;
    const encoded = zlib.gzipSync(Buffer.alloc(4_000_000, "0123456789abcdef"), { level: 0 });
    const body = piecesOf(encoded, 10_000, () => void (given += 1));
    const response = await answered({ encoding: "gzip", body });
    const over = new Promise((resolve) => response.body.kind === "stream" && response.body.onDone(resolve));
    for await (const _chunk of response.body as AsyncIterable<Uint8Array>) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      break;
    }

    assert.ok(isMillraceError(await over, "aborted"));
    assert.equal(body.done, true);
    assert.ok(given < 100, `${given} of 400 pieces were read for one chunk`);
  });

  it("passes on what its source failed with", async () => {
    async function* failing() {
      yield zlib.gzipSync("content").subarray(0, 12);
      await Promise.resolve();
      throw new RangeError("lost");
    }
    const response = await answered({ encoding: "gzip", body: new PulledBody(() => failing()) });

    await assert.rejects(readAll(response.body), { message: "lost" });
  });

  it("refuses bounds that are none", () => {
    assert.throws(() => decompress({ maxBytes: 0 }), /decompress\.maxBytes/);
    assert.throws(() => decompress({ maxRatio: -1 }), /decompress\.maxRatio/);
  });
});

interface Parts {
  readonly body: Body;
  readonly encoding?: string;
  readonly status?: number;
  readonly control?: string;
}

function responseWith({ body, encoding, status = 200, control }: Parts): HttpResponse {
  const fields = new Fields();
  if (encoding !== undefined) fields.append("Content-Encoding", encoding);
  if (control !== undefined) fields.append("Cache-Control", control);
  if (body.length !== undefined) fields.append("Content-Length", String(body.length));
  return { status, reason: "", fields, body };
}

function answered(
  parts: Parts,
  { method = "GET", options }: { method?: string; options?: DecompressOptions } = {},
): Promise<HttpResponse> {
  const service = decompress(options)(fromFunction(() => responseWith(parts)));
  return service.call(requestTo("/", { method }), createContext());
}

function piecesOf(bytes: Buffer, size: number, onPiece = () => {}): PulledBody {
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += size) {
      onPiece();
      yield bytes.subarray(at, at + size);
      await Promise.resolve();
    }
  }
  return new PulledBody(() => pieces());
}
