import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { certificate } from "../e2e/certificates.js";
import type { FailureReason } from "../ipc/report.js";
import { Worker } from "./worker.js";
import {
  exchange,
  record,
  settingsWith,
  startOrigin,
  startWorker,
  unusedPort,
} from "./worker.test.fixture.js";

const roundRobin = { balance: { policy: "round-robin" } } as const;

describe("Worker", () => {
  it("is ready when its listeners accept, and says what it knows", async () => {
    await using worker = await startWorker([]);

    assert.deepEqual(worker.messages, [
      { type: "prepared", revision: 1 },
      { type: "ready", revision: 1 },
    ]);
  });

  it("is ready at once when it has no listeners", async () => {
    await using heard = await withoutListeners();

    assert.deepEqual(heard.messages, ["prepared", "ready"]);
  });

  it("forwards to the servers that it knows", async () => {
    await using origin = await startOrigin((request, response) => response.end(`saw ${request.url}`));
    await using worker = await startWorker([record(origin.url)]);

    assert.equal((await worker.get("/a?b")).text, "saw /a?b");
  });

  it("forwards to a server that is known by its name, at whichever of its addresses answers", async () => {
    await using origin = await startOrigin((request, response) => response.end(`saw ${request.url}`));
    const url = origin.url.replace("127.0.0.1", "localhost");
    await using worker = await startWorker([record(url)]);

    for (let requests = 0; requests < 10; requests += 1) {
      assert.equal((await worker.get("/a?b")).text, "saw /a?b");
    }
  });

  it("says 503 when it knows none, and when to come again", async () => {
    await using worker = await startWorker([]);
    const { status, headers } = await worker.get();

    assert.deepEqual([status, headers["retry-after"]], [503, "1"]);
  });

  it("follows changes, and confirms each", async () => {
    await using origin = await startOrigin((_, response) => response.end());
    await using worker = await startWorker([]);
    await worker.change({ type: "put", server: record(origin.url) });
    assert.equal((await worker.get()).status, 200);
    await worker.change({ type: "remove", id: origin.url });
    assert.equal((await worker.get()).status, 503);

    assert.deepEqual(
      worker.messages.filter(({ type }) => type === "applied"),
      [
        { type: "applied", revision: 2 },
        { type: "applied", revision: 3 },
      ],
    );
  });

  it("keeps connections when only the weight changes, and not when the URL does", async () => {
    await using one = await startOrigin((_, response) => response.end("one"));
    await using other = await startOrigin((_, response) => response.end("other"));
    await using worker = await startWorker([record(one.url, { id: "a" })]);
    await worker.get();
    await worker.change({ type: "put", server: record(one.url, { id: "a", weight: 5 }) });
    await worker.get();
    assert.equal(one.connections, 1);
    await worker.change({ type: "put", server: record(other.url, { id: "a" }) });

    assert.equal((await worker.get()).text, "other");
    assert.equal((await worker.report()).servers[0]!.success, 1);
  });

  it("drops what still runs on a server that is removed", async () => {
    const asked = deferred();
    await using origin = await startOrigin(() => asked.resolve(undefined));
    await using worker = await startWorker([record(origin.url)]);
    const answer = worker.get();
    await asked.promise;
    await worker.change({ type: "remove", id: origin.url });

    assert.equal((await answer).status, 503);
  });

  it("lets requests on a draining server finish, and starts no new one there", async () => {
    const asked = deferred();
    const finish = deferred();
    await using origin = await startOrigin((_, response) => {
      asked.resolve(undefined);
      void finish.promise.then(() => response.end("done"));
    });
    await using other = await startOrigin((_, response) => response.end("other"));
    await using worker = await startWorker([record(origin.url)]);
    const running = worker.get();
    await asked.promise;
    await worker.change(
      { type: "put", server: record(origin.url, { draining: true }) },
      { type: "put", server: record(other.url) },
    );
    const answers = await Promise.all([1, 2, 3, 4].map(() => worker.get()));
    assert.deepEqual(new Set(answers.map(({ text }) => text)), new Set(["other"]));
    finish.resolve(undefined);

    assert.equal((await running).text, "done");
  });

  it("sends nothing to a server that is unhealthy, unless most are", async () => {
    await using ill = await startOrigin((_, response) => response.end("ill"));
    await using well = await startOrigin((_, response) => response.end("well"));
    await using worker = await startWorker(
      [record(ill.url, { healthy: false }), record(well.url)],
      roundRobin,
    );
    const texts = async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => worker.get()));
      return [...new Set(answers.map(({ text }) => text))].sort();
    };
    assert.deepEqual(await texts(), ["well"]);
    await worker.change({ type: "put", server: record("http://127.0.0.1:9", { healthy: false }) });

    assert.deepEqual(await texts(), ["ill", "well"]);
    await worker.change({ type: "put", server: record(well.url, { healthy: false }) });
    assert.equal((await worker.get()).status, 503);
  });

  it("changes its settings while it runs", async () => {
    await using origin = await startOrigin((request, response) =>
      response.end(`${request.headers.host} ${request.headers.via}`),
    );
    await using worker = await startWorker([record(origin.url)]);
    const host = { headers: { host: "shop.test" } };
    assert.equal((await worker.get("/", host)).text, "shop.test 1.1 millrace");
    await worker.settings({ forward: { host: "rewrite", via: "other" } });
    assert.equal((await worker.get("/", host)).text, `127.0.0.1:${origin.port} 1.1 other`);
    await worker.settings({ limits: { headBytes: 200, requestLineBytes: 100 } });

    assert.equal((await worker.get("/", { headers: { big: "x".repeat(300) } })).status, 431);
  });

  it("finishes and repeats requests in progress when its settings change", async () => {
    const asked = deferred();
    const finish = deferred();
    let held = 0;
    const hold = (name: string) =>
      startOrigin((request, response) => {
        if (++held > 1) return void response.end(name);
        asked.resolve(undefined);
        return void finish.promise.then(() => request.socket.resetAndDestroy());
      });
    await using one = await hold("one");
    await using other = await hold("other");
    await using worker = await startWorker([record(one.url), record(other.url)]);
    const running = worker.get();
    await asked.promise;
    await worker.settings(roundRobin);
    finish.resolve(undefined);

    assert.equal((await running).status, 200);
    assert.equal((await worker.report()).retries.made, 1);
  });

  it("joins base paths without a doubled slash", async () => {
    await using origin = await startOrigin((request, response) =>
      response.end(`${request.method} ${request.url}`),
    );
    await using worker = await startWorker([record(`${origin.url}/base`)]);

    assert.equal((await worker.get("/")).text, "GET /base/");
    assert.equal((await worker.get("/a//b?c=/d")).text, "GET /base/a//b?c=/d");
    assert.match(await exchange(worker.port, asked("OPTIONS", "*")), /OPTIONS \*$/);
    assert.match(await exchange(worker.port, asked("GET", "http://a.test/x")), /GET \/base\/x$/);
    assert.match(await exchange(worker.port, asked("GET", "http://a.test?x")), /GET \/base\/\?x$/);
  });

  it("gives a request without a host the name of the server", async () => {
    await using origin = await startOrigin((request, response) => response.end(request.headers.host));
    await using worker = await startWorker([record(origin.url)]);

    assert.match(
      await exchange(worker.port, "GET / HTTP/1.0\r\n\r\n"),
      new RegExp(`127.0.0.1:${origin.port}$`),
    );
  });

  it("tries another server when one refuses, ejects that, and says so", async () => {
    await using origin = await startOrigin((_, response) => response.end("ok"));
    const dead = `http://127.0.0.1:${await unusedPort()}`;
    await using worker = await startWorker([record(dead), record(origin.url)], {
      balance: { policy: "round-robin" },
    });
    for (let count = 0; count < 6; count += 1) assert.equal((await worker.get()).status, 200);
    const { id, forMs } = await worker.heard("ejected");
    const { servers, retries } = await worker.report();

    assert.deepEqual([id, forMs], [dead, 10_000]);
    assert.ok(retries.made >= 2);
    assert.equal(servers[0]!.ejections, 1);
    assert.ok(servers[0]!.ejectedForMs > 0);
    await worker.change({ type: "absolve", id: dead });
    assert.equal((await worker.report()).servers[0]!.ejectedForMs, 0);
  });

  it("reports what it has counted", async () => {
    await using origin = await startOrigin((request, response) => {
      if (request.url === "/fail") response.writeHead(500);
      response.end("12345");
    });
    await using worker = await startWorker([record(origin.url)]);
    await worker.get("/");
    await worker.get("/fail");
    const report = await worker.report();

    assert.deepEqual([report.pid, report.revision], [process.pid, 1]);
    assert.deepEqual([report.connections.accepted, report.connections.refused], [2, 0]);
    assert.deepEqual(report.requests, {
      active: 0,
      total: 2,
      byStatus: [
        [200, 1],
        [500, 1],
      ],
    });
    assert.deepEqual(report.client, { success: 1, failed: 1 });
    assert.deepEqual(report.failures, [["server-error", 1]] satisfies [FailureReason, number][]);
    assert.equal(report.bytes.sent, 10);
    assert.equal(sum(report.latency.counts), 2);
    const [server] = report.servers;
    assert.deepEqual([server!.id, server!.success, server!.failed, server!.inFlight], [origin.url, 1, 1, 0]);
    assert.deepEqual(server!.connections, { open: 1, idle: 1 });
    assert.equal(sum(server!.latency.counts), 2);
    assert.ok(server!.ewmaMs > 0);
    assert.ok(report.memory.rssBytes > 0 && report.cpuMs > 0);
  });

  it("turns connections away that are too many", async () => {
    await using worker = await startWorker([], { limits: { connections: 1 } });
    const first = connect(worker.port, "127.0.0.1");
    await once(first, "connect");
    const second = connect(worker.port, "127.0.0.1");
    second.on("error", () => {});
    await once(second, "close");
    first.destroy();

    assert.deepEqual((await worker.report()).connections.refused, 1);
  });

  it("logs and counts once each request that it refuses", async () => {
    await using origin = await startOrigin(
      (request, response) => void request.resume().on("end", () => response.end()),
    );
    await using worker = await startWorker([record(origin.url)]);
    await exchange(worker.port, "GET / HTTP/1.1\r\n\r\n");
    await exchange(worker.port, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n");
    await exchange(
      worker.port,
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nzz\r\n",
    );
    const { requests, client, failures } = await worker.report();
    const logged = worker.messages.filter((message) => message.type === "log");

    assert.deepEqual(requests, {
      active: 0,
      total: 3,
      byStatus: [
        [400, 2],
        [501, 1],
      ],
    });
    assert.deepEqual(client, { success: 2, failed: 1 });
    assert.deepEqual(failures, [["bad-request", 3]]);
    assert.deepEqual(
      logged.map(({ level, fields }) => [level, fields["rule"], fields["client"]]),
      [
        ["info", "host", "127.0.0.1"],
        ["info", "transfer-coding-unknown", "127.0.0.1"],
        ["info", "chunk-size", "127.0.0.1"],
      ],
    );
  });

  it("blames no server for what its clients do wrong", async () => {
    await using origin = await startOrigin(
      (request, response) => void request.resume().on("end", () => response.end()),
    );
    await using worker = await startWorker([
      record(origin.url),
      record("http://127.0.0.1:9", { healthy: false }),
    ]);
    for (let count = 0; count < 8; count += 1) {
      await exchange(
        worker.port,
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nzz\r\n",
      );
    }
    const { servers } = await worker.report();

    assert.deepEqual(
      servers.map(({ failed, ejections }) => [failed, ejections]),
      [
        [0, 0],
        [0, 0],
      ],
    );
  });

  it("finishes what runs when it drains, and then says so", async () => {
    const asked = deferred();
    const finish = deferred();
    await using origin = await startOrigin((_, response) => {
      asked.resolve(undefined);
      void finish.promise.then(() => response.end("done"));
    });
    await using worker = await startWorker([record(origin.url)], { accessLog: { format: "common" } });
    const running = worker.get();
    await asked.promise;
    const drained = worker.worker.handle({ type: "drain", deadlineMs: 10_000 });
    await assert.rejects(worker.get(), /ECONNREFUSED/);
    finish.resolve(undefined);
    const { text, headers } = await running;
    await drained;

    assert.deepEqual([text, headers.connection], ["done", "close"]);
    assert.equal(worker.messages.at(-1)?.type, "drained");
    assert.match(worker.logs.join(""), /"GET \/ HTTP\/1\.1" 200 4\n$/);
  });

  it("cuts off at the deadline what does not finish", async () => {
    const asked = deferred();
    await using origin = await startOrigin(() => asked.resolve(undefined));
    await using worker = await startWorker([record(origin.url)]);
    const running = assert.rejects(worker.get(), /socket hang up|ECONNRESET/);
    await asked.promise;
    await worker.worker.drain(1);

    await running;
  });

  it("does not wait for handshakes when it drains", async () => {
    await using worker = await startWorker([], {}, certificate);
    const silent = connect(worker.port, "127.0.0.1");
    silent.on("error", () => {});
    await once(silent, "connect");
    await exchangeNothing(worker.port);
    const closed = once(silent, "close");
    await worker.worker.drain(10_000);

    await closed;
  });
});

async function withoutListeners() {
  const messages: string[] = [];
  const worker = new Worker({ send: ({ type }) => void messages.push(type), writeLog: () => {} });
  const snapshot = { revision: 3, settings: settingsWith({}), servers: [] };
  await worker.handle({ type: "start", snapshot, listeners: [], place: 0 });
  return { worker, messages, [Symbol.asyncDispose]: () => worker.drain(0) };
}

/** A connection that the worker has seen the end of: those before it have been accepted. */
async function exchangeNothing(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.end("no handshake\r\n\r\n");
  socket.resume();
  await once(socket, "close");
}

function asked(method: string, target: string): string {
  return `${method} ${target} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n`;
}

function deferred() {
  let resolve!: (value: undefined) => void;
  const promise = new Promise<undefined>((settle) => (resolve = settle));
  return { promise, resolve };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((left, right) => left + right, 0);
}
