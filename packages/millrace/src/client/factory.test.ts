import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../base/errors.js";
import { createRefreshable } from "../config/refreshable/refreshable.js";
import { createServicesConfig } from "./config/read-services.js";
import type { ServicesDocument } from "./config/services-schema.js";
import { type ClientFactoryOptions, openClientFactory } from "./factory.js";
import { type FakeNode, fakeNodes, jsonResponse } from "./fake-nodes.test.fixture.js";
import { createClientMetrics } from "./metrics/instruments.js";
import { createMemorySink } from "./metrics/memory-sink.js";

describe("openClientFactory", () => {
  it("makes clients that call the nodes of their service", async () => {
    await using parts = setup({ services: { a: { uris: ["http://one/api/"] } } });
    const client = await parts.factory.openClient("a");
    const answer = client.get("/widgets/{id}", { path: { id: 7 } });
    const { request, answer: reply } = parts.opened[0]!.pending[0]!;
    reply(200, { ok: true });

    assert.deepEqual(await answer, { ok: true });
    assert.deepEqual(
      [request.target.path, request.target.authority, request.target.scheme],
      ["/api/widgets/7", "one", "http"],
    );
  });

  it("fails calls of a service without URIs, and of one that nobody knows, not its construction", async () => {
    await using parts = setup({ services: { a: {} } });
    const [empty, unknown] = [await parts.factory.openClient("a"), await parts.factory.openClient("b")];

    await assert.rejects(empty.get("/"), unavailable(/^service a is configured with no URIs$/));
    await assert.rejects(unknown.get("/"), unavailable(/^service b is not in the configuration$/));
  });

  it("swaps to a changed configuration, and lets calls under way end on the old one", async () => {
    await using parts = setup({ services: { a: { uris: ["http://one"] } } });
    const client = await parts.factory.openClient("a");
    const before = client.get("/");
    await parts.change({ services: { a: { uris: ["http://two"] } } });
    const after = client.get("/");
    const [one, two] = [parts.opened[0]!, parts.opened[1]!];
    assert.equal(one.closed, true, "takes no more calls");
    assert.equal(two.pending.length, 1);
    one.pending[0]!.answer(200, "old");
    two.pending[0]!.answer(200, "new");

    assert.deepEqual([await before, await after], ["old", "new"]);
  });

  it("keeps the transports of nodes that stay, unless the way to them changed", async () => {
    await using parts = setup({ services: { a: { uris: ["http://one", "http://two"] } } });
    await parts.factory.openClient("a");
    await parts.change({ services: { a: { uris: ["http://two", "http://three"], "max-num-retries": 1 } } });
    assert.deepEqual(
      parts.opened.map(({ url }) => url),
      ["http://one/", "http://two/", "http://three/"],
    );
    assert.deepEqual(parts.open(), ["http://two/", "http://three/"]);
    await parts.change({ services: { a: { uris: ["http://two"], "read-timeout": "1s" } } });

    assert.equal(parts.opened.length, 4);
    assert.equal(parts.opened[3]!.options.readTimeoutMs, 1_000);
    assert.deepEqual(parts.open(), ["http://two/"]);
  });

  it("keeps what is known of nodes that stay", async () => {
    const uris = ["http://one", "http://two"];
    await using parts = setup(
      { services: { a: { uris, "max-num-retries": 0 } } },
      { nodeSelection: "PIN_UNTIL_ERROR" },
    );
    const client = await parts.factory.openClient("a");
    // The pin leaves the node that fails, and must not come back to it by a reload.
    const failed = client.get("/").catch(() => {});
    const pinned = parts.opened.find(({ pending }) => pending.length === 1)!;
    pinned.pending[0]!.answer(500);
    await failed;
    const other = parts.opened.find((node) => node !== pinned)!;
    await parts.change({ services: { a: { uris: [...uris, "http://three"], "max-num-retries": 0 } } });
    for (let calls = 0; calls < 10; calls += 1) void client.get("/").catch(() => {});

    assert.equal(other.pending.length, 10);
  });

  it("keeps the limits of nodes that stay", async () => {
    const options = { nodeSelection: "BALANCED" } as const;
    await using parts = setup({ services: { a: { uris: ["http://one"], "max-num-retries": 0 } } }, options);
    const client = await parts.factory.openClient("a");
    const [node] = parts.opened as [FakeNode];
    const answers = Array.from({ length: 5 }, () => client.get("/").catch(() => {}));
    // Each takes a tenth of the limit of twenty away: 18, 16, 14, 12, 10.
    for (const { answer } of node.pending.splice(0)) answer(429);
    await Promise.all(answers);
    await parts.change({ services: { a: { uris: ["http://one"], "max-num-retries": 1 } } });
    for (let calls = 0; calls < 20; calls += 1) void client.get("/").catch(() => {});
    const { length } = node.pending;
    node.respond = () => jsonResponse(204);

    assert.equal(length, 10);
  });

  it("goes on with the old configuration when the new one cannot be used, and reports it", async () => {
    const errors: unknown[] = [];
    await using parts = setup(
      { services: { a: { uris: ["http://one"] } } },
      { onError: (error) => errors.push(error) },
    );
    const client = await parts.factory.openClient("a");
    parts.config.set({ services: { a: { uris: ["mesh-http://one", "http://two"] } } });
    await parts.factory.applied();
    const answer = client.get("/");
    parts.opened[0]!.pending[0]!.answer(200, 1);

    assert.equal(await answer, 1);
    assert.equal(errors.length, 1);
    assert.match(
      String(errors[0]),
      /services\.a\.uris\[0\]: expected one URI alone where it goes by the mesh, found 2/,
    );
  });

  it("does not open a client of what cannot be used from the start", async () => {
    await using parts = setup({});
    for (const uris of [["ftp://one"], ["mesh-http://one", "http://two"], ["http://user:secret@one"]]) {
      parts.config.set({ services: { a: { uris } } });
      await assert.rejects(parts.factory.openClient("a"), (error) => {
        assert.ok(isMillraceError(error, "invalid-options"));
        assert.match(error.message, /^services\.a\.uris\[0\]: expected /);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
    }
  });

  it("fails calls of a service that was removed, ends those under way, and takes it up when it is back", async () => {
    await using parts = setup({ services: { a: { uris: ["http://one"] } } });
    const client = await parts.factory.openClient("a");
    const before = client.get("/");
    await parts.change({ services: {} });
    await assert.rejects(client.get("/"), unavailable(/^service a is not in the configuration$/));
    parts.opened[0]!.pending[0]!.answer(200, "old");
    assert.equal(await before, "old");
    await parts.change({ services: { a: { uris: ["http://two"] } } });
    const after = client.get("/");
    parts.opened.at(-1)!.pending[0]!.answer(200, "back");

    assert.equal(await after, "back");
    assert.deepEqual(parts.open(), ["http://two/"]);
  });

  it("retries what failed on another attempt, within the limits of the configuration", async () => {
    await using parts = setup({
      services: { a: { uris: ["http://one"], "max-num-retries": 2, "backoff-slot-size": "0s" } },
    });
    const client = await parts.factory.openClient("a");
    let requests = 0;
    parts.opened[0]!.respond = () => {
      requests += 1;
      return jsonResponse(503);
    };

    await assert.rejects(client.get("/"), { name: "RemoteError", status: 503 });
    assert.equal(requests, 3);
    await assert.rejects(client.get("/", { retries: 0 }), { status: 503 });
    assert.equal(requests, 4);
  });

  it("C13: goes by a mesh with the prefix taken off, without retries", async () => {
    await using parts = setup({
      services: { a: { uris: ["mesh-https://mesh:8443/a"], "backoff-slot-size": "0s" } },
    });
    const client = await parts.factory.openClient("a");
    let requests = 0;
    parts.opened[0]!.respond = () => {
      requests += 1;
      return jsonResponse(503);
    };

    await assert.rejects(client.get("/"), { status: 503 });
    assert.equal(parts.opened[0]!.url, "https://mesh:8443/a");
    assert.equal(requests, 1);
  });

  it("ends a call with all its attempts at the request timeout", async () => {
    await using parts = setup({ services: { a: { uris: ["http://one"], "request-timeout": "10s" } } });
    const client = await parts.factory.openClient("a");
    const late = assert.rejects(
      client.get("/"),
      (error) => isMillraceError(error, "timeout") && error.phase === "call",
    );
    await parts.clock.advance(10_001);
    await late;
    const soon = assert.rejects(client.get("/", { deadlineMs: 50 }), (error) =>
      isMillraceError(error, "timeout"),
    );
    await parts.clock.advance(51);

    await soon;
  });

  it("fails a call that its caller gives up, with the caller's reason", async () => {
    await using parts = setup({ services: { a: { uris: ["http://one"] } } });
    const client = await parts.factory.openClient("a");
    const caller = new AbortController();
    const failed = assert.rejects(client.get("/", { signal: caller.signal }), /changed my mind/);
    caller.abort(new Error("changed my mind"));

    await failed;
    assert.equal(parts.opened[0]!.pending.length, 1);
  });

  it("C22: lets clients of one service share connections and limits, while somebody uses them", async () => {
    await using parts = setup({ services: { a: { uris: ["http://one"] } } });
    const first = await parts.factory.openClient("a");
    const second = await parts.factory.openClient("a");
    assert.equal(parts.opened.length, 1);
    await first.close();
    assert.deepEqual(parts.open(), ["http://one/"]);
    await second.close();
    assert.deepEqual(parts.open(), []);
    await parts.factory.openClient("a");

    assert.equal(parts.opened.length, 2);
  });

  it("C22: keeps clients apart whose policies differ", async () => {
    await using parts = setup({ services: { a: { uris: ["http://one"] } } });
    await parts.factory.openClient("a", { serverQos: "Propagate429And503ToCaller" });
    await parts.factory.openClient("a", { serverQos: "Propagate429And503ToCaller" });
    await parts.factory.openClient("a");

    assert.equal(parts.opened.length, 2);
  });

  it("opens a client for each node, which goes on while its node stays", async () => {
    await using parts = setup({ services: { a: { uris: ["http://one", "http://two"] } } });
    const hosts = await parts.factory.openHostClients("a");
    const heard: string[][] = [];
    hosts.subscribe((clients) => heard.push([...clients.keys()]));
    const two = hosts.value.get("http://two")!;
    const answer = two.get("/");
    parts.opened.find(({ url }) => url === "http://two/")!.pending[0]!.answer(200, 2);
    assert.equal(await answer, 2);
    await parts.change({ services: { a: { uris: ["http://two", "http://three"] } } });
    assert.equal(hosts.value.get("http://two"), two);
    assert.deepEqual(heard, [["http://two", "http://three"]]);
    assert.deepEqual(parts.open(), ["http://two/", "http://three/"]);
    await hosts.close();

    assert.deepEqual(parts.open(), []);
  });

  it("leaves no client of a node open when that of another cannot be opened, or when closed meanwhile", async () => {
    const nodes = fakeNodes();
    const errors: unknown[] = [];
    let atThree = (): void => {
      throw new Error("no way to three");
    };
    await using parts = setup(
      { services: { a: { uris: ["http://one"] } } },
      {
        onError: (error) => errors.push(error),
        openTransport(options) {
          if (options.url.href === "http://three/") atThree();
          return nodes.options.openTransport!(options);
        },
      },
    );
    const hosts = await parts.factory.openHostClients("a");
    const all = { services: { a: { uris: ["http://one", "http://two", "http://three"] } } };
    await parts.change(all);
    assert.match(String(errors[0]), /no way to three/);
    assert.deepEqual([...hosts.value.keys()], ["http://one"]);
    assert.deepEqual(nodes.open(), ["http://one/"]);

    atThree = () => void hosts.close();
    await parts.change({ services: { a: { ...all.services.a, "max-num-retries": 1 } } });
    assert.deepEqual(nodes.open(), []);
  });

  it("tells the place of a node among all in what the client of that node measures", async () => {
    const sink = createMemorySink();
    const metrics = createClientMetrics({ sink, names: ["conjure"] });
    await using parts = setup({ services: { a: { uris: ["http://one", "http://two"] } } }, { metrics });
    const hosts = await parts.factory.openHostClients("a");
    const places = () =>
      sink
        .read()
        .filter(({ name }) => name === "conjure-runtime.concurrencylimiter.max")
        .map(({ labels }) => labels["hostIndex"]);

    for (const [at, client] of [...hosts.value.values()].entries()) {
      const answer = client.get("/");
      parts.opened[at]!.pending[0]!.answer(200);
      await answer;
    }
    assert.deepEqual(places(), [0, 1]);
    await parts.change({ services: { a: { uris: ["http://two"] } } });
    assert.deepEqual(places(), [0]);
    await hosts.close();
  });

  it("refuses calls once closed, after those under way are over, and leaves nothing", async () => {
    await using parts = setup({ services: { a: { uris: ["http://one"] } } });
    const client = await parts.factory.openClient("a");
    const answer = client.get("/");
    const closed = parts.factory.close();
    await assert.rejects(client.get("/"), (error) => isMillraceError(error, "closed"));
    parts.opened[0]!.pending[0]!.answer(200, 1);
    assert.equal(await answer, 1);
    await closed;

    await assert.rejects(parts.factory.openClient("a"), (error) => isMillraceError(error, "closed"));
    assert.equal(parts.clock.pending, 0);
  });

  it("rejects options out of their range", () => {
    const wrong: Partial<Record<keyof ClientFactoryOptions, unknown>>[] = [
      { nodeSelection: "ROUND_ROBIN" },
      { serverQos: "none" },
      { clientQos: true },
      { serviceError: "" },
      { idempotency: "always" },
      { retryAfterCapMs: -1 },
    ];
    for (const options of wrong) {
      const [name] = Object.keys(options);
      const given = { ...fakeNodes().options, ...options } as ClientFactoryOptions;
      assert.throws(
        () => openClientFactory({ services: {} }, given),
        (error) =>
          isMillraceError(error, "invalid-options") && error.message.startsWith(`client.${name}: expected`),
      );
    }
  });
});

function setup(document: ServicesDocument, options: Partial<ClientFactoryOptions> = {}) {
  const nodes = fakeNodes();
  const config = createRefreshable(createServicesConfig(document));
  const factory = openClientFactory(config, { ...nodes.options, ...options });
  return {
    ...nodes,
    config,
    factory,
    change(changed: ServicesDocument) {
      config.set(createServicesConfig(changed));
      return factory.applied();
    },
    [Symbol.asyncDispose]() {
      for (const { pending } of nodes.opened) for (const { answer } of pending) answer(204);
      return factory.close();
    },
  };
}

function unavailable(message: RegExp) {
  return (error: unknown) =>
    isMillraceError(error, "unavailable") && error.unsent && message.test(error.message);
}
