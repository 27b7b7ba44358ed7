import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import * as api from "@opentelemetry/api";
import { createContext } from "../service/context.js";
import { settle } from "../testing/virtual-clock.js";
import { BytesBody, emptyBody } from "../wire/http/body.js";
import { Fields } from "../wire/http/fields.js";
import { isRemoteError } from "./conjure/remote-error.js";
import { streamOf } from "./conjure/stream-of.test.fixture.js";
import { type FakeNode, fakeNodes, jsonResponse } from "./fake-nodes.test.fixture.js";
import { type OpenClientOptions, openClient } from "./open-client.js";
import { openTelemetryTracing } from "./open-telemetry/tracing.js";
import { extractTrace } from "./trace/propagation.js";
import { exporter } from "./trace/spans.test.fixture.js";
import { spanParent } from "./trace/tracing.js";

const two = ["http://one", "http://two"];
const pinned = { nodeSelection: "PIN_UNTIL_ERROR" } as const;

describe("what a file says of a service", () => {
  it("is the way to its nodes", async () => {
    const way = {
      proxy: { type: "http", hostAndPort: "proxy:3128", credentials: { username: "u", password: "p" } },
      ...{ connectTimeoutMs: 1, readTimeoutMs: 2, writeTimeoutMs: 3 },
    } as const;
    await using parts = await setup(way);
    const { proxy, connectTimeoutMs, readTimeoutMs, writeTimeoutMs } = parts.opened[0]!.options;

    assert.deepEqual({ proxy, connectTimeoutMs, readTimeoutMs, writeTimeoutMs }, way);
  });

  it("has defaults: 10 s to connect, 5 min to read and to write, no proxy", async () => {
    await using parts = await setup();
    const { proxy, connectTimeoutMs, readTimeoutMs, writeTimeoutMs } = parts.opened[0]!.options;

    assert.deepEqual(
      [proxy, connectTimeoutMs, readTimeoutMs, writeTimeoutMs],
      [{ type: "direct" }, 10_000, 300_000, 300_000],
    );
  });

  it("names a node once, however often and with whatever slashes", async () => {
    await using parts = await setup({ uris: ["http://one/a", "http://one/a/", "http://one/a"] });

    assert.equal(parts.opened.length, 1);
  });

  for (const [slotMs, waits] of [
    [undefined, [125, 250, 500, 1_000]],
    [10_000, [5_000, 10_000]],
  ] as const) {
    it(`is how long retries wait, here ${waits.join(", ")} ms, and how many there are`, async () => {
      const maxRetries = slotMs === undefined ? undefined : 2;
      await using parts = await setup({ backoffSlotMs: slotMs, maxRetries, random: () => 0.5 });
      const [node] = parts.opened as [FakeNode];
      const times: number[] = [];
      node.respond = () => {
        times.push(parts.clock.now());
        return jsonResponse(503);
      };
      const failed = assert.rejects(parts.client.get("/"), { status: 503 });
      await parts.clock.advance(100_000);
      await failed;

      assert.deepEqual(
        times.slice(1).map((time, at) => time - times[at]!),
        waits,
      );
    });
  }

  it("is how long a node that failed is left alone", async () => {
    for (const failedUrlCooldownMs of [60_000, 0]) {
      const balanced = { nodeSelection: "BALANCED", maxRetries: 0 } as const;
      await using parts = await setup({ uris: two, failedUrlCooldownMs, ...balanced });
      const failed = parts.client.get("/").catch(() => {});
      const down = parts.opened.find(({ pending }) => pending.length === 1)!;
      down.pending[0]!.answer(503);
      await failed;
      // For Balanced a 503 weighs as much as ten calls in flight.
      parts.callOften("/", 15);
      const up = parts.opened.find((node) => node !== down)!;

      assert.equal(up.pending.length === 15, failedUrlCooldownMs > 0, `${up.pending.length} of 15`);
    }
  });

  it("C13: leaves limits to a mesh", async () => {
    await using parts = await setup({ uris: ["mesh-http://one"] });
    parts.callOften("/", 30);

    assert.equal(parts.opened[0]!.pending.length, 30);
  });
});

describe("what a program says of its clients", () => {
  it("is which node is called", async () => {
    await using parts = await setup({ uris: two, ...pinned });
    parts.callOften("/", 10);

    assert.deepEqual(parts.opened.map(({ pending }) => pending.length).sort(), [0, 10]);
  });

  it("gives way to what a server asks for by Node-Selection-Strategy, the first that is known", async () => {
    await using parts = await setup({ uris: two });
    const asked = { "Node-Selection-Strategy": "ROUND_ROBIN, PIN_UNTIL_ERROR" };
    for (const node of parts.opened) node.respond = () => jsonResponse(200, 1, asked);
    await parts.client.get("/");
    for (const node of parts.opened) node.respond = undefined;
    parts.callOften("/", 10);

    assert.deepEqual(parts.opened.map(({ pending }) => pending.length).sort(), [0, 10]);
  });

  it("C18: is whether there are limits", async () => {
    for (const [clientQos, expected] of [
      ["Enabled", 20],
      ["DangerousDisableSympatheticClientQos", 30],
    ] as const) {
      await using parts = await setup({ clientQos });
      parts.callOften("/", 30);

      assert.equal(parts.opened[0]!.pending.length, expected);
    }
  });

  it("C18: leaves room at a node for other endpoints than the one it throttles", async () => {
    await using parts = await setup({ nodeSelection: "BALANCED", maxRetries: 0 });
    const [node] = parts.opened as [FakeNode];
    parts.callOften("/widgets", 30);
    assert.equal(node.pending.length, 20);
    for (const { answer } of node.pending.slice(0, 5)) answer(429);
    parts.callOften("/gears", 30);
    await settle();
    const gears = node.pending.filter(({ request }) => request.target.path === "/gears");

    assert.deepEqual([node.pending.length, gears.length], [25, 5]);
  });

  it("is the longest wait a server may ask for, a minute where nothing is said", async () => {
    for (const retryAfterCapMs of [undefined, 1_000]) {
      let requests = 0;
      await using parts = await setup({ retryAfterCapMs });
      parts.opened[0]!.respond = () => {
        requests += 1;
        return jsonResponse(requests === 1 ? 429 : 200, {}, { "Retry-After": "3600" });
      };
      const answer = parts.client.get("/");
      await parts.clock.advance((retryAfterCapMs ?? 60_000) - 1);
      assert.equal(requests, 1);
      await parts.clock.advance(1);
      await answer;

      assert.equal(requests, 2);
    }
  });

  const repeated: readonly (readonly [
    options: Partial<OpenClientOptions>,
    requests: Record<string, number>,
  ])[] = [
    [{}, { "GET 500": 2, "POST 500": 1, "POST 503": 2 }],
    [{ idempotency: "Always" }, { "POST 500": 2 }],
    [{ idempotency: "Never" }, { "GET 500": 1, "GET 503": 2 }],
    [{ strictIdempotency: true }, { "POST 503": 1, "PUT 503": 2 }],
    [{ retryBudget: { deposit() {}, withdraw: () => false } }, { "GET 503": 1 }],
    [{ serverQos: "Propagate429And503ToCaller" }, { "GET 503": 1, "GET 429": 1, "GET 500": 2 }],
  ];
  for (const [options, expected] of repeated) {
    it(`C15: is what is tried again: ${JSON.stringify(options)}`, async () => {
      for (const [what, count] of Object.entries(expected)) {
        const [method, status] = what.split(" ") as [string, string];
        let requests = 0;
        await using parts = await setup({ ...options, backoffSlotMs: 0, maxRetries: 1 });
        parts.opened[0]!.respond = () => {
          requests += 1;
          return jsonResponse(Number(status));
        };
        await assert.rejects(parts.client.request(method, "/"), { status: Number(status) });

        assert.equal(requests, count, what);
      }
    });
  }

  it("C9: is whose failure an error of Conjure is", async () => {
    const said = { errorCode: "NOT_FOUND", errorName: "A:B", errorInstanceId: "i", parameters: {} };
    for (const serviceError of ["WrapInNewError", "PropagateToCaller"] as const) {
      await using parts = await setup({ serviceError });
      parts.opened[0]!.respond = () => jsonResponse(404, said);

      await assert.rejects(parts.client.get("/"), (error) => {
        assert.ok(isRemoteError(error));
        assert.deepEqual(
          [error.error?.errorName, error.propagates],
          ["A:B", serviceError !== "WrapInNewError"],
        );
        return true;
      });
    }
  });

  it("C5: is whether the caller hears how long a server asks to wait, by this program's clock", async () => {
    await using parts = await setup({ serverQos: "Propagate429And503ToCaller" });
    const date = new Date(parts.clock.wallTime() + 10_000).toUTCString();
    parts.opened[0]!.respond = () => jsonResponse(429, {}, { "Retry-After": date });

    await assert.rejects(parts.client.get("/"), {
      code: "throttled",
      retryAfterMs: 10_000,
      propagates: true,
    });
  });

  it("is who calls, whatever the face", async () => {
    await using parts = await setup();
    const agents: unknown[] = [];
    parts.opened[0]!.respond = ({ fields }) => {
      agents.push(fields.getAll("user-agent"));
      return jsonResponse(200);
    };
    await parts.client.get("/");
    await parts.client.fetch("/");
    await parts.client.fetch("/", { headers: { "User-Agent": "own/1" } });

    const [json, fetched, own] = agents as [string[], string[], string[]];
    assert.match(json[0]!, /^test\/1\.2\.3 .*millrace\//);
    assert.match(fetched[0]!, /^test\/1\.2\.3 millrace\//);
    assert.deepEqual([json.length, fetched.length, own], [1, 1, ["own/1"]]);
  });

  it("C11: is how servers are told of a trace that a call is a part of, traced here or not", async () => {
    const parent = { traceId: "463ac35c9f6413ad48485a3953bb6124", spanId: "a2fb4a1d1a96d312" };
    for (const [formats, names] of [
      [undefined, ["traceparent", "x-b3-traceid", "x-b3-spanid", "x-b3-sampled"]],
      [["b3-single"], ["b3"]],
    ] as const) {
      const tracing = formats && { tracing: openTelemetryTracing(api), formats };
      await using parts = await setup({ tracing });
      const told: Fields[] = [];
      parts.opened[0]!.respond = ({ fields }) => {
        told.push(fields);
        return jsonResponse(200);
      };
      const context = createContext();
      context.set(spanParent, { ...parent, sampled: true, debug: false, state: "" });
      const target = { form: "origin", path: "/", authority: "", scheme: "http" } as const;
      const fields = new Fields();
      await parts.client.call({ method: "GET", target, minorVersion: 1, fields, body: emptyBody }, context);
      const headers = ["traceparent", "x-b3-traceid", "x-b3-spanid", "x-b3-sampled", "b3"];

      assert.deepEqual(
        headers.filter((name) => told[0]!.has(name)),
        names,
      );
      assert.equal(extractTrace(told[0]!)?.traceId, parent.traceId);
    }
  });

  it("names the wait for a node after the strategy, and none where nobody waits", async () => {
    for (const [options, expected] of [
      [{}, ["acquire-permit"]],
      [{ nodeSelection: "BALANCED" }, ["balanced-node-selection"]],
      [{ clientQos: "DangerousDisableSympatheticClientQos" }, []],
    ] as const) {
      await using parts = await setup({ ...options, tracing: { tracing: openTelemetryTracing(api) } });
      parts.opened[0]!.respond = () => jsonResponse(200);
      exporter.reset();
      await parts.client.get("/");
      const names = exporter.getFinishedSpans().map(({ name }) => name.replace("millrace: ", ""));

      assert.deepEqual(
        names.filter((name) => name === "acquire-permit" || name === "balanced-node-selection"),
        expected,
      );
      assert.ok(names.includes("request"));
    }
  });

  it("lets go of answers that it does not give", async () => {
    await using parts = await setup({ backoffSlotMs: 0 });
    const stream = streamOf([Buffer.from("busy")]);
    let requests = 0;
    parts.opened[0]!.respond = () => {
      requests += 1;
      return requests === 1 ? { ...jsonResponse(503), body: stream.body } : jsonResponse(200, 1);
    };

    assert.equal(await parts.client.get("/"), 1);
    assert.equal(stream.body.done, true);
  });

  it("is less than what is said of one call", async () => {
    await using parts = await setup({ backoffSlotMs: 0, idempotency: "Never" });
    let requests = 0;
    parts.opened[0]!.respond = () => {
      requests += 1;
      return jsonResponse(500);
    };
    await assert.rejects(parts.client.get("/", { idempotent: true, retries: 2 }), { status: 500 });

    assert.equal(requests, 3);
  });

  it("is whether answers may be compressed", async () => {
    const packed = BytesBody.of(gzipSync('"packed"'));
    for (const compression of [true, false]) {
      await using parts = await setup({ compression });
      const asked: unknown[] = [];
      parts.opened[0]!.respond = ({ fields }) => {
        asked.push(fields.get("accept-encoding") !== undefined);
        const coded = Fields.from([["Content-Encoding", "gzip"]]);
        return { status: 200, reason: "", fields: coded, body: packed };
      };
      const { body } = await parts.client.request("GET", "/");
      const fetched = await parts.client.fetch("/");

      assert.deepEqual(asked, [compression, compression]);
      assert.equal((await fetched.text()) === '"packed"', compression);
      assert.equal(Buffer.from(await body.bytes()).toString() === '"packed"', compression);
    }
  });
});

/** A client of fake nodes on a virtual clock. */
async function setup(options: Partial<OpenClientOptions> = {}) {
  const nodes = fakeNodes();
  const client = await openClient({ ...nodes.options, service: "a", uris: ["http://one"], ...options });
  return {
    ...nodes,
    client,
    /** Calls whose outcome is of no interest. */
    callOften(path: `/${string}`, times: number) {
      for (let count = 0; count < times; count += 1) void client.get(path).catch(() => {});
    },
    async [Symbol.asyncDispose]() {
      for (const node of nodes.opened) {
        node.respond = () => jsonResponse(200);
        for (const { answer } of node.pending) answer(204);
      }
      await client.close();
    },
  };
}
