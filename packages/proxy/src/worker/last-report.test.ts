import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createDeferred } from "millrace/base";
import { record, startOrigin, startWorker } from "./worker.test.fixture.js";

describe("a worker's last report", () => {
  it("counts what was cut", async () => {
    const asked = createDeferred();
    await using origin = await startOrigin(() => asked.resolve());
    await using worker = await startWorker([record(origin.url)]);
    const cut = assert.rejects(worker.get());
    await asked.promise;
    await worker.worker.handle({ type: "drain", deadlineMs: 1 });
    await cut;
    const last = worker.messages.at(-1);
    assert.ok(last?.type === "drained");

    assert.deepEqual([last.report.requests.total, last.report.requests.active], [1, 0]);
    assert.deepEqual([last.report.servers.length, last.report.connections.open], [1, 0]);
  });
});
