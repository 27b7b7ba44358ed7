import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createMemoryPair, type MemoryStream } from "./memory-stream.js";
import { settle } from "./virtual-clock.js";

describe("createMemoryPair", () => {
  it("carries bytes both ways, in reads of the size that was asked for", async () => {
    const { one, other, near, far } = setup({ readBytes: () => 2 });
    one.writeText("hello");
    other.writeText("\xff");
    await settle();

    assert.deepEqual(far.reads, ["he", "ll", "o"]);
    assert.deepEqual(near.reads, ["\xff"]);
  });

  it("lets the ends differ", async () => {
    const [one, other] = createMemoryPair({ readBytes: () => 1 }, {});
    const [near, far] = [receiver(one), receiver(other)];
    one.writeText("ab");
    other.writeText("ab");
    await settle();

    assert.deepEqual([near.reads, far.reads], [["a", "b"], ["ab"]]);
  });

  it("queues what the reader's side has no room for, and says when it has left", async () => {
    const { one, other, near, far } = setup({ capacityBytes: 4 });
    other.pause();
    one.write(Buffer.from("0123456789"), true);
    await settle();
    assert.equal(one.queued, 10);
    assert.equal(near.flushes, 0);
    other.resume();
    await settle();

    assert.equal(far.reads.join(""), "0123456789");
    assert.equal(one.queued, 0);
    assert.equal(near.flushes, 1);
    assert.equal(one.mostQueued, 10);
  });

  it("spoils bytes that nobody asked to hold, and keeps those that somebody did", async () => {
    const { one, other, far } = setup({});
    one.writeText("spoilt");
    await settle();
    assert.notEqual(far.last.toString("latin1"), "spoilt");
    other.holdBuffer();
    far.pausing = true;
    one.writeText("kept");
    await settle();
    assert.equal(far.last.toString("latin1"), "kept");
    far.pausing = false;
    other.resume();
    one.writeText("next");
    await settle();

    assert.equal(far.reads.at(-1), "next");
  });

  it("closes when both have ended, and not before", async () => {
    const { one, other, near, far } = setup({});
    one.writeText("last");
    one.end();
    await settle();
    assert.deepEqual([far.reads, far.ends, near.closes], [["last"], 1, 0]);
    other.end();
    await settle();

    assert.deepEqual([near.ends, near.closes, far.closes], [1, 1, 1]);
    assert.equal(near.error, undefined);
  });

  it("resets the other end when asked to, when bytes are left unread, and when it writes on", async () => {
    const asked = setup({});
    asked.one.destroy(true);
    const unread = setup({});
    unread.one.pause();
    unread.other.writeText("x");
    await settle();
    unread.one.destroy();
    const writing = setup({});
    writing.one.destroy();
    await settle();
    writing.other.writeText("x");
    await settle();

    for (const { far } of [asked, unread, writing]) assert.match(String(far.error), /ECONNRESET/);
  });

  it("lets writes leave together after a cork", async () => {
    const { one, far } = setup({});
    one.cork();
    one.writeText("a");
    one.writeText("b");
    await settle();
    assert.deepEqual(far.reads, []);
    one.uncork();
    await settle();

    assert.deepEqual(far.reads, ["ab"]);
  });
});

function setup(options: Parameters<typeof createMemoryPair>[0]) {
  const [one, other] = createMemoryPair(options);
  return { one, other, near: receiver(one), far: receiver(other) };
}

function receiver(stream: MemoryStream) {
  const heard = {
    reads: [] as string[],
    last: Buffer.alloc(0) as Buffer,
    flushes: 0,
    ends: 0,
    closes: 0,
    error: undefined as Error | undefined,
    pausing: false,
    received(buffer: Buffer, length: number) {
      heard.last = buffer.subarray(0, length);
      heard.reads.push(buffer.toString("latin1", 0, length));
      if (heard.pausing) stream.pause();
    },
    flushed: () => void (heard.flushes += 1),
    ended: () => void (heard.ends += 1),
    closed(error: Error | undefined) {
      heard.closes += 1;
      heard.error = error;
    },
  };
  stream.attach(heard);
  return heard;
}
