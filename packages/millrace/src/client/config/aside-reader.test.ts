import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import type { Worker } from "node:worker_threads";
import { isMillraceError } from "../../base/errors.js";
import { ConfigError } from "../../config/document/issues.js";
import { AsideReader } from "./aside-reader.js";
import { readServices } from "./read-services.js";

describe("AsideReader", () => {
  it("reads one text after the other in one thread, what is wrong with one apart", async () => {
    using threads = startedThreads();
    using reader = new AsideReader("services.yaml");
    for (const count of [1, 120]) {
      assert.deepEqual(
        await reader.read(manyServices(count)),
        readServices(manyServices(count), "services.yaml"),
      );
    }
    await assert.rejects(reader.read("services: []\n"), (error) => {
      return (
        error instanceof ConfigError && error.message.startsWith("services.yaml:1:11: services: expected")
      );
    });

    assert.equal(threads.all.length, 1);
  });

  it("fails a read whose thread ends, and begins another thread for the next", async () => {
    using threads = startedThreads();
    using reader = new AsideReader("services.yaml");
    const read = reader.read(manyServices(1_000));
    const failed = assert.rejects(read, /^Error: the thread that reads the configuration ended early$/);
    await (await threads.first).terminate();
    await failed;
    await reader.read(manyServices(2));

    assert.equal(threads.all.length, 2);
  });

  it("ends its thread and fails the read under way when it is disposed of, and later ones", async () => {
    using threads = startedThreads();
    const reader = new AsideReader("services.yaml");
    const read = reader.read(manyServices(1_000));
    const closed = (error: unknown) => isMillraceError(error, "closed");
    const failed = assert.rejects(read, closed);
    const thread = await threads.first;
    reader[Symbol.dispose]();
    reader[Symbol.dispose]();
    await failed;
    // Nothing else keeps the process while it ends.
    thread.ref();
    await once(thread, "exit");

    await assert.rejects(reader.read(manyServices(1)), closed);
    assert.equal(threads.all.length, 1);
  });
});

function startedThreads() {
  const all: Worker[] = [];
  const hear = (thread: Worker) => all.push(thread);
  process.on("worker", hear);
  const first = once(process, "worker").then(([thread]) => thread as Worker);
  return { all, first, [Symbol.dispose]: () => void process.off("worker", hear) };
}

function manyServices(count: number): string {
  const services = Array.from({ length: count }, (_, at) => `  service-${at}: {uris: [http://node-${at}]}\n`);
  return `services:\n${services.join("")}`;
}
