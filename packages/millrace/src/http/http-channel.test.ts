import assert from "node:assert/strict";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { isMillraceError } from "../base/errors.js";
import { createStaticResolver, openedChannels } from "../channel/index.js";
import { openHttpChannel } from "./http-channel.js";
import { type HttpCallEvent, httpCalls } from "./layers/publish-calls.js";
import { answerByPath, type Echo, openOrigin, plainText } from "./origin.test.fixture.js";

describe("openHttpChannel", () => {
  it("has every face over its members (W23)", async () => {
    await using origins = await openOrigins(3);
    await using channel = openHttpChannel("http://backend.internal", {
      resolver: origins.resolver,
      userAgent: [{ name: "orders", version: "1" }],
      headers: { "X-All": "yes" },
    });
    await channel.whenHealthy();
    assert.equal(channel.status.value, "healthy");

    const asked = await channel.request("GET", "/echo");
    const echo = await asked.body.json<Echo>();
    const { host, "user-agent": agent, "x-all": all } = echo.headers;
    assert.deepEqual([host, agent, all], ["backend.internal", "orders/1", "yes"]);

    const fetched = await channel.fetch("/encoded?by=gzip");
    assert.equal(fetched.url, "http://backend.internal/encoded?by=gzip");
    assert.equal(await fetched.text(), plainText);

    const { dispatcher } = channel;
    const web = await fetch("http://backend.internal/echo", { dispatcher } as unknown as RequestInit);
    assert.equal(((await web.json()) as Echo).headers["user-agent"], "node");

    const [response] = (await once(
      get("http://backend.internal/text", { agent: channel.agent }),
      "response",
    )) as [IncomingMessage];
    assert.equal(await text(response), "Grüße\n");
    assert.equal(channel.fetch, channel.fetch);
    assert.equal(channel.dispatcher, dispatcher);
  });

  it("keeps callers from noticing that one server of three goes", async () => {
    await using origins = await openOrigins(3);
    await using channel = openHttpChannel("http://backend.internal", { resolver: origins.resolver });
    await channel.whenHealthy();
    const statuses: number[] = [];
    const call = async () => {
      for (let times = 0; times < 40; times += 1) statuses.push((await channel.fetch("/text")).status);
    };
    const calls = Promise.all([call(), call(), call(), call()]);
    await new Promise((resolve) => setImmediate(resolve));
    origins.list[0]!.server.closeAllConnections();
    origins.list[0]!.server.close();
    await calls;

    assert.equal(statuses.length, 160);
    assert.ok(statuses.every((status) => status === 200));
  });

  it("tells of its calls, whichever face they come by", async () => {
    await using origins = await openOrigins(1);
    await using channel = openHttpChannel(origins.list[0]!.url, { label: "orders" });
    const events: HttpCallEvent[] = [];
    using _listening = httpCalls.subscribe((event) => {
      if (event.call.client === "orders") events.push(event);
    });
    await (await channel.fetch("/chunks")).text();
    await (await channel.request("GET", "/nowhere")).body.text();
    await assert.rejects(channel.fetch("/drop", { method: "POST" }));
    await assert.rejects((await channel.fetch("/cut")).text());

    const ended = events.filter((event) => event.kind === "ended");
    assert.deepEqual(
      ended.map(({ call, status, error }) => [
        call.method,
        status,
        isMillraceError(error) ? error.code : error,
      ]),
      [
        ["GET", 200, undefined],
        ["GET", 404, undefined],
        ["POST", undefined, "connection-lost"],
        ["GET", 200, "connection-lost"],
      ],
    );
    assert.equal(events.length, 8);
    assert.equal(ended[0]!.call.authority, new URL(origins.list[0]!.url).host);
    assert.ok(ended[0]!.durationMs >= ended[0]!.headMs!);
  });

  it("is listed while it is open, and leaves nothing when closed", async () => {
    await using origins = await openOrigins(1);
    const channel = openHttpChannel(origins.list[0]!.url);
    await (await channel.fetch("/text")).text();
    const { agent } = channel;
    assert.equal(channel.close(), channel.close());
    await channel.close();

    assert.equal(channel.status.value, "closed");
    assert.ok(!openedChannels().some(({ origin }) => origin === channel.origin));
    assert.equal(Object.keys(agent.freeSockets).length, 0);
    await assert.rejects(channel.fetch("/text"), (error: Error) => isMillraceError(error.cause, "closed"));
  });

  it("opens nothing when an option is wrong", () => {
    const before = openedChannels().length;
    assert.throws(
      () => openHttpChannel("http://a.test", { headers: { "a b": "c" } }),
      (error) => isMillraceError(error, "invalid-options") && /requester\.headers/.test(error.message),
    );
    assert.throws(
      () => openHttpChannel("http://a.test", { timeoutMs: 0 }),
      (error) => isMillraceError(error, "invalid-options") && /requester\.timeoutMs/.test(error.message),
    );
    assert.throws(
      () => openHttpChannel("http://a.test", { userAgent: "a" as never }),
      (error) =>
        isMillraceError(error, "invalid-options") && /userAgent: expected a list/.test(error.message),
    );
    assert.throws(
      () => openHttpChannel("http://a.test", { userAgent: [{ name: "a b" }] }),
      /userAgent\.name/,
    );
    assert.throws(
      () => openHttpChannel("http://a.test", { decompress: { maxBytes: 0 } }),
      /decompress\.maxBytes/,
    );

    assert.equal(openedChannels().length, before);
  });
});

async function openOrigins(count: number) {
  const list = await Promise.all(Array.from({ length: count }, () => openOrigin(answerByPath)));
  return {
    list,
    resolver: createStaticResolver(list.map(({ port }) => `127.0.0.1:${port}`)),
    async [Symbol.asyncDispose]() {
      await Promise.all(list.map((origin) => origin[Symbol.asyncDispose]()));
    },
  };
}
