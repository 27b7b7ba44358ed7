import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { relayInMemory } from "./relay.js";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const uploads: readonly [name: string, message: string][] = [
  ["a length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\nhello, world"],
  [
    "chunks",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n7\r\n, world\r\n0\r\nSum: 1\r\n\r\n",
  ],
];
const downloads: readonly [name: string, message: string][] = [
  ["a length", "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nhello, world"],
  [
    "chunks",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n7\r\n, world\r\n0\r\nSum: 1\r\n\r\n",
  ],
];

describe("a message that breaks off anywhere", () => {
  for (const [name, message] of uploads) {
    for (const gently of [true, false]) {
      it(`is never whole to the origin: a request with ${name}, ${gently ? "ended" : "dropped"}`, async () => {
        for (let cut = 1; cut < message.length; cut++) {
          const side = relayInMemory();
          side.client.send(message.slice(0, cut));
          await side.clock.advance(0);
          if (gently) side.client.stream.end();
          else side.client.stream.destroy();
          await side.clock.advance(0);
          const { text } = side.origin;

          assert.equal(isWhole(text), false, `${cut}: ${text}`);
          assert.equal(text === "" || side.origin.over, true, `${cut}: the origin is told`);
          await side.clock.advance(200);
          assert.equal(side.closed, 1);
        }
      });
    }
  }

  for (const [name, message] of downloads) {
    for (const gently of [true, false]) {
      it(`is never whole to the client: a response with ${name}, ${gently ? "ended" : "dropped"}`, async () => {
        for (const version of ["1.1", "1.0"]) {
          for (let cut = 1; cut < message.length; cut++) {
            const side = relayInMemory();
            side.client.send(`GET / HTTP/${version}\r\nHost: a\r\n\r\n`);
            await side.clock.advance(0);
            side.origin.send(message.slice(0, cut));
            await side.clock.advance(0);
            if (gently) side.origin.stream.end();
            else side.origin.stream.destroy(true);
            await side.clock.advance(0);
            const { text, closedWith } = side.client;
            const refused = text.startsWith("HTTP/1.1 502 ");
            const reset = closedWith !== undefined;

            assert.ok(refused || (reset && (version === "1.0" || !isWhole(text))), `${cut}: ${text}`);
          }
        }
      });
    }
  }

  it("is whole when nothing is missing", async () => {
    for (const [, upload] of uploads) {
      for (const [, download] of downloads) {
        const side = relayInMemory();
        side.client.send(upload);
        await side.clock.advance(0);
        assert.ok(isWhole(side.origin.text), side.origin.text);
        side.origin.send(download);
        await side.clock.advance(0);

        assert.ok(isWhole(side.client.text), side.client.text);
        assert.equal(side.client.over, false);
      }
    }
  });
});

describe("content on its way through", () => {
  const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 30_000 })), {
    maxLength: 12,
  });
  const reads = fc.infiniteStream(
    fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 500, max: 70_000 })),
  );
  const capacity = fc.constantFrom(1_000, 5_000, 65_536, 1_000_000);
  const capacities = fc.tuple(capacity, capacity);

  it("is the same behind it, in any pieces and at any speed, with little held", async () => {
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.boolean(),
        reads,
        capacities,
        async (pieces, chunked, sizesRead, [one, other]) => {
          const readBytes = () => sizesRead.next().value as number;
          const side = relayInMemory({
            client: { capacityBytes: one, readBytes },
            origin: { capacityBytes: other, readBytes },
          });
          const content = pieces.map((size, index) => String.fromCharCode(97 + index).repeat(size));
          const framed = chunked
            ? `Transfer-Encoding: chunked\r\n\r\n${content.map(chunk).join("")}0\r\n\r\n`
            : `Content-Length: ${content.join("").length}\r\n\r\n${content.join("")}`;
          side.client.send(`POST / HTTP/1.1\r\nHost: a\r\n${framed}`);
          await side.clock.advance(0);
          assert.equal(contentOf(side.origin.text), content.join(""));
          side.origin.send(`HTTP/1.1 200 OK\r\n${framed}${ok}`.slice(0, -ok.length));
          await side.clock.advance(0);

          assert.equal(contentOf(side.client.text), content.join(""));
          const most = Math.max(side.nearClient.mostQueued, side.nearOrigin.mostQueued);
          assert.ok(most <= 200_000, `${most} bytes queued`);
          assert.equal(side.nearClient.lateWrites + side.nearOrigin.lateWrites, 0);
        },
      ),
      { numRuns: 200 },
    );
  });
});

function chunk(content: string): string {
  return content === "" ? "" : `${content.length.toString(16)}\r\n${content}\r\n`;
}

/** Whether the one message in `text` is complete by its own framing. */
function isWhole(text: string): boolean {
  return contentOf(text) !== undefined;
}

/** The content of the one message in `text`; undefined when it is not all there. */
function contentOf(text: string): string | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [head, rest] = [text.slice(0, end + 2), text.slice(end + 4)];
  if (!/\r\ntransfer-encoding: chunked\r\n/i.test(head)) {
    const length = Number(/\r\ncontent-length: ([0-9]+)\r\n/i.exec(head)?.[1] ?? 0);
    return rest.length === length ? rest : undefined;
  }
  let content = "";
  for (let at = 0; ; ) {
    const line = rest.indexOf("\r\n", at);
    if (line < 0) return undefined;
    const size = Number.parseInt(rest.slice(at, line), 16);
    if (size === 0) return rest.endsWith("\r\n\r\n") ? content : undefined;
    content += rest.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
    if (at > rest.length) return undefined;
  }
}
