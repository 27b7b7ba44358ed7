import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { describe, it } from "node:test";
import { createContext } from "../service/context.js";
import { readAll } from "../wire/index.js";
import { requestTo } from "../wire/proof/client-side.js";
import { Backend, callWhile } from "./backends.test.fixture.js";
import { type Channel, openChannel } from "./channel.js";
import type { ChannelOptions } from "./options.js";
import { createStaticResolver } from "./resolve/static.js";

describe("a channel with one bad backend of three", () => {
  it("gives one that answers 503 less than a twentieth of 400 calls", async () => {
    await using parts = await setup((_, response) => response.writeHead(503).end());
    let calls = 0;
    await callWhile(
      8,
      () => (calls += 1) <= 400,
      () => status(parts.channel),
    );

    assert.ok(parts.bad.requests < 20, `${parts.bad.requests} calls`);
  });

  it("hides one that answers 503 from callers whose calls may be made twice, from the first call on", async () => {
    await using parts = await setup((_, response) => response.writeHead(503).end());
    const statuses = new Set<number>();
    let calls = 0;
    await callWhile(
      8,
      () => (calls += 1) <= 400,
      async () => statuses.add(await status(parts.channel, "PUT")),
    );

    assert.deepEqual([...statuses], [200]);
    assert.ok(parts.bad.requests > 0);
  });

  it("passes its 503 on where a call must not be made twice, and where nothing is to be made again", async () => {
    for (const [method, options] of [
      ["POST", {}],
      ["GET", { retry: { on: ["connect-failure", "reset"] } }],
      ["GET", { retry: false }],
    ] as const) {
      await using parts = await setup((_, response) => response.writeHead(503).end(), options);
      while (parts.bad.requests === 0) {
        const before = parts.bad.requests;
        const found = await status(parts.channel, method);
        assert.equal(found, parts.bad.requests === before ? 200 : 503);
      }
    }
  });

  it("passes a 503 on once every member has given it, and asks none twice", async () => {
    const refuse: RequestListener = (_, response) => response.writeHead(503, { "X-Sorry": "all" }).end();
    await using parts = await setup(refuse, {}, refuse);
    const found = await status(parts.channel);

    assert.equal(found, 503);
    assert.deepEqual(
      parts.backends.map(({ requests }) => requests),
      [1, 1, 1],
    );
  });

  it("gives one that swallows calls no more than each caller's first", async () => {
    const swallowed: (() => void)[] = [];
    await using parts = await setup((_, response) => void swallowed.push(() => response.end()));
    let calls = 0;
    const callers = callWhile(
      8,
      () => (calls += 1) <= 1_000,
      () => status(parts.channel),
    );
    while (calls < 1_000) await new Promise((resolve) => setImmediate(resolve));
    const given = parts.bad.requests;
    for (const answer of swallowed) answer();
    await callers;

    assert.ok(given <= 8, `${given} calls`);
  });

  it("shares calls among those that are well", async () => {
    await using parts = await setup((_, response) => response.end());
    let calls = 0;
    await callWhile(
      16,
      () => (calls += 1) <= 1_000,
      () => status(parts.channel),
    );

    for (const { requests } of parts.backends) assert.ok(requests > 50, `${requests} calls`);
  });
});

async function status(channel: Channel, method = "GET"): Promise<number> {
  const { status, body } = await channel.call(requestTo("/", { method }), createContext());
  await readAll(body);
  return status;
}

/** Three backends, the last of which is bad, and a channel with a member at each. */
async function setup(listener: RequestListener, options: ChannelOptions = {}, others?: RequestListener) {
  const backends = [await Backend.start(others), await Backend.start(others), await Backend.start(listener)];
  const channel = openChannel("http://backend.test", {
    ...options,
    resolver: createStaticResolver(backends.map(({ address }) => address)),
    pool: { healthyMin: 3 },
  });
  await channel.whenHealthy();
  const close = async () => {
    await channel.close();
    for (const backend of backends) await backend.kill();
  };
  return { backends, bad: backends[2]!, channel, [Symbol.asyncDispose]: close };
}
