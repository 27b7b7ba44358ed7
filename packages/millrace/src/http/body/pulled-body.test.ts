import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type BodySink, readAll } from "../../wire/index.js";
import { PulledBody } from "./pulled-body.js";

describe("PulledBody", () => {
  it("asks for a chunk when the reader wants one, and for none before", async () => {
    const { body, taken, counts } = counted(5);
    assert.equal(counts.pulled, 0);
    const slow: BodySink = {
      write: (chunk) => void taken.push(chunk) as never,
      end: () => {},
      fail: () => {},
    };
    body.pipe(slow);
    await turn();
    assert.deepEqual([counts.pulled, taken.length], [1, 1]);

    body.resume();
    body.resume();
    await turn();
    assert.deepEqual([counts.pulled, taken.length], [2, 2]);
  });

  it("gives other work its turn, however willing source and reader are", async () => {
    const { body, counts } = counted(10_000);
    const read = readAllOf(body);
    await turn();
    assert.ok(counts.pulled < 100, `${counts.pulled} chunks before anything else`);

    assert.equal(await read, 10_000);
  });

  it("is read as chunks of bytes, whatever kind they were", async () => {
    async function* kinds() {
      yield "ü";
      yield new Uint8Array([1, 2]);
      yield new Uint16Array([0x0403]);
      yield new Uint8Array([5]).buffer;
    }

    assert.deepEqual([...(await readAll(new PulledBody(() => kinds())))], [0xc3, 0xbc, 1, 2, 3, 4, 5]);
  });

  it("tells its source when the reader leaves, and whoever asks when it is over", async () => {
    const { body, counts } = counted(5);
    const over: (string | undefined)[] = [];
    body.onDone((error) => over.push(error?.message));
    for await (const _chunk of body) break;
    await turn();

    assert.equal(counts.left, 1);
    assert.deepEqual([...over], ["the caller gave up"]);
    body.onDone((error) => over.push(error?.message));
    assert.equal(over.length, 2);
    await assert.rejects(readAllOf(body), /one reader/);
  });

  it("fails with its source, and with a chunk that is none", async () => {
    for (const [chunks, found] of [
      [() => Promise.reject(new RangeError("torn")), /torn/],
      [() => Promise.reject("a text"), /the source of a body failed/],
      [() => Promise.resolve({ done: false, value: 7 }), /not number/],
    ] as const) {
      await assert.rejects(readAll(new PulledBody(() => ({ next: chunks }))), found);
    }
    const closed = new PulledBody(() => {
      throw new RangeError("cannot open");
    });
    await assert.rejects(readAll(closed), /cannot open/);
    new PulledBody(() => {
      throw new RangeError("cannot open");
    }).cancel();
  });
});

/** A body of `total` chunks that are always there, and how many were asked for. */
function counted(total: number) {
  const counts = { pulled: 0, left: 0 };
  async function* chunks() {
    try {
      for (let at = 0; at < total; at++) {
        counts.pulled += 1;
        yield new Uint8Array(1);
      }
    } finally {
      counts.left += 1;
    }
  }
  return { counts, taken: [] as Uint8Array[], body: new PulledBody(() => chunks()) };
}

function readAllOf(body: PulledBody): Promise<number> {
  let length = 0;
  return new Promise((resolve, reject) =>
    body.pipe({
      write(chunk) {
        length += chunk.length;
        return true;
      },
      end: () => resolve(length),
      fail: reject,
    }),
  );
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
