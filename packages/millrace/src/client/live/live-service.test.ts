import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRefreshable } from "../../config/refreshable/refreshable.js";
import { faults } from "../../service/fault.js";
import { settle } from "../../testing/virtual-clock.js";
import { createServicesConfig } from "../config/read-services.js";
import type { ServicesDocument } from "../config/services-schema.js";
import { type ClientFactoryOptions, openClientFactory } from "../factory.js";
import { type FakeNode, fakeNodes, jsonResponse } from "../fake-nodes.test.fixture.js";
import { createClientMetrics } from "../metrics/instruments.js";
import { createMemorySink } from "../metrics/memory-sink.js";

const uris = ["http://one"];
const before: ServicesDocument = { services: { a: { uris } } };
const after: ServicesDocument = { services: { a: { uris, "read-timeout": "1s" } } };

describe("a change of the way to a node in use", () => {
  it("connects the new way before it takes the place of the old one, which ends its calls", async () => {
    await using parts = await setup({ warming: true });
    const underWay = parts.client.get("/");
    const applied = parts.change(after);
    await settle();
    const meanwhile = parts.client.get("/");
    const [old, fresh] = parts.nodes(2);
    assert.deepEqual([old.pending.length, fresh.pending.length, old.closed], [2, 0, false]);
    fresh.warm!.resolve();
    await applied;
    const later = parts.client.get("/");
    assert.deepEqual([old.pending.length, fresh.pending.length, old.closed], [2, 1, true]);
    for (const { answer } of [...old.pending, ...fresh.pending]) answer(200, "ok");

    assert.deepEqual(await Promise.all([underWay, meanwhile, later]), ["ok", "ok", "ok"]);
    assert.equal(parts.clock.pending, 0);
  });

  it("waits for the new way as long as a call would, and then goes by it all the same", async () => {
    await using parts = await setup({ warming: true });
    const applied = parts.change({
      services: { a: { uris, "read-timeout": "1s", "connect-timeout": "3s" } },
    });
    await settle();
    await parts.clock.advance(2_999);
    const [old] = parts.nodes(2);
    assert.equal(old.closed, false);
    await parts.clock.advance(1);
    await applied;

    assert.equal(old.closed, true);
  });

  it("waits for nothing where the new way cannot be connected, nor where the old one is lost", async () => {
    await using failing = await setup({ warming: true });
    const applied = failing.change(after);
    await settle();
    failing.nodes(2)[1].warm!.reject(new Error("no"));
    await applied;
    await using lost = await setup({ warming: true });
    lost.nodes(1)[0].reachable.set(false);
    await lost.change(after);

    assert.deepEqual([failing.opened[0]!.closed, lost.opened[0]!.closed], [true, true]);
  });

  it("drops a way that is being connected when the configuration changes again", async () => {
    await using parts = await setup({ warming: true });
    void parts.change(after);
    await settle();
    const applied = parts.change({ services: { a: { uris, "read-timeout": "2s" } } });
    await settle();
    const [old, dropped, last] = parts.nodes(3);
    assert.deepEqual([old.closed, dropped.closed], [false, true]);
    dropped.warm!.resolve();
    await settle();
    assert.equal(old.closed, false);
    last.warm!.resolve();
    await applied;

    assert.deepEqual([old.closed, last.closed], [true, false]);
  });

  it("stays with the old way when the configuration is what it was, before the new one is connected", async () => {
    await using parts = await setup({ warming: true });
    void parts.change(after);
    await settle();
    await parts.change(before);

    assert.deepEqual(parts.open(), ["http://one/"]);
    assert.deepEqual([parts.opened[0]!.closed, parts.clock.pending], [false, 0]);
  });

  it("leaves nothing of a way that is being connected when the service goes, or its client is closed", async () => {
    for (const end of ["removed", "closed"]) {
      await using parts = await setup({ warming: true });
      void parts.change(after);
      await settle();
      if (end === "removed") await parts.change({ services: {} });
      else await parts.client.close();
      await settle();

      assert.deepEqual([parts.open(), parts.clock.pending], [[], 0], end);
    }
  });
});

describe("a change of a service that nobody uses", () => {
  it("is made with the next call", async () => {
    await using parts = await setup({});
    parts.nodes(1)[0].resting = true;
    await parts.change(after);
    await parts.change({ services: { a: { uris: ["http://two"], "read-timeout": "2s" } } });
    assert.equal(parts.opened.length, 1);
    void parts.client.get("/");
    const [old, fresh] = parts.nodes(2);

    assert.deepEqual([old.closed, fresh.url, fresh.options.readTimeoutMs], [true, "http://two/", 2_000]);
    assert.equal(fresh.pending.length, 1);
  });

  it("is made at once while a call is between two attempts", async () => {
    await using parts = await setup({ respond: () => jsonResponse(503) });
    const call = parts.client.get("/").catch(() => "failed");
    await settle();
    parts.nodes(1)[0].resting = true;
    await parts.change(after);
    assert.equal(parts.opened.length, 2);
    await parts.clock.run();

    assert.equal(await call, "failed");
  });

  it("is checked at once, and the last good one stays", async () => {
    const errors: unknown[] = [];
    await using parts = await setup({ options: { onError: (error) => errors.push(error) } });
    parts.nodes(1)[0].resting = true;
    await parts.change(after);
    parts.config.set({ services: { a: { uris: ["http://a..b"] } } });
    await parts.factory.applied();
    assert.match(
      String(errors),
      /^MillraceError: services\.a\.uris\[0\]: expected a URI with a host that may exist/,
    );
    void parts.client.get("/");

    assert.equal(parts.nodes(2)[1].options.readTimeoutMs, 1_000);
  });

  it("counts for the first call after it: its retries, and that there are no nodes", async () => {
    let requests = 0;
    const respond = () => {
      requests += 1;
      return jsonResponse(503);
    };
    await using parts = await setup({ respond });
    parts.nodes(1)[0].resting = true;
    await parts.change({ services: { a: { uris, "max-num-retries": 0 } } });
    await assert.rejects(parts.client.get("/"), { status: 503 });
    assert.equal(requests, 1);
    await parts.change({ services: { a: {} } });

    await assert.rejects(parts.client.get("/"), /service a is configured with no URIs/);
  });

  it("shows no limits of nodes that are gone, and makes nothing to show those of others", async () => {
    const sink = createMemorySink();
    const metrics = createClientMetrics({ sink, names: ["conjure"] });
    await using parts = await setup({ options: { metrics } });
    parts.nodes(1)[0].resting = true;
    const shown = () => sink.read().filter(({ name }) => name.endsWith(".max")).length;
    assert.equal(shown(), 1);
    await parts.change(after);
    assert.equal(shown(), 1);
    await parts.change({ services: { a: { uris: ["http://two"] } } });

    assert.deepEqual([shown(), parts.opened.length], [0, 1]);
  });

  it("leaves the service as it was, and tells a fault, when its transport refuses what was right before", async () => {
    const heard: unknown[] = [];
    using _ = faults.subscribe((fault) => heard.push(fault));
    await using parts = await setup({ respond: () => jsonResponse(200, "ok") });
    parts.nodes(1)[0].resting = true;
    await parts.change(after);
    parts.refuse(new Error("no more sockets"));

    assert.equal(await parts.client.get("/"), "ok");
    assert.equal(await parts.client.get("/"), "ok");
    assert.equal(heard.length, 1);
    assert.match(String((heard[0] as { error: unknown }).error), /services\.a\.no more sockets/);
  });
});

interface SetupOptions {
  readonly warming?: boolean;
  readonly respond?: FakeNode["respond"];
  readonly options?: Partial<ClientFactoryOptions>;
}

async function setup({ warming = false, respond, options }: SetupOptions) {
  const fakes = fakeNodes(respond, { warming });
  const config = createRefreshable(createServicesConfig(before));
  let refusal: Error | undefined;
  const factory = openClientFactory(config, {
    ...fakes.options,
    ...options,
    openTransport(opening) {
      if (refusal) throw refusal;
      return fakes.options.openTransport!(opening);
    },
  });
  const client = await factory.openClient("a");
  return {
    ...fakes,
    config,
    factory,
    client,
    /** The nodes that were opened, of which there are to be so many. */
    nodes(count: number): [FakeNode, FakeNode, FakeNode] {
      assert.equal(fakes.opened.length, count);
      return fakes.opened as [FakeNode, FakeNode, FakeNode];
    },
    /** Opens no more nodes. */
    refuse: (error: Error) => void (refusal = error),
    /** Settles when the change is in force. */
    change(document: ServicesDocument) {
      config.set(createServicesConfig(document));
      return factory.applied();
    },
    async [Symbol.asyncDispose]() {
      for (const { pending } of fakes.opened) for (const { answer } of pending) answer(204);
      await factory.close();
    },
  };
}
