import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, it } from "node:test";
import { type Clock, systemClock } from "../../base/clock.js";
import { isMillraceError } from "../../base/errors.js";
import { seededRandom } from "../../base/random.js";
import { Sweeper } from "../../base/sweeper.js";
import { Backend } from "../../channel/backends.test.fixture.js";
import { openedChannels } from "../../channel/channel.js";
import { createContext } from "../../service/context.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { readAll } from "../../wire/index.js";
import { requestTo } from "../../wire/proof/client-side.js";
import type { ProxyConfig } from "../config/services-config.js";
import { clientOf } from "../server.test.fixture.js";
import { type NodeChannelOptions, nodeChannelSettings } from "./node-channels.js";
import { openTransport } from "./open-transport.js";
import type { OpenTransport, Transport } from "./transport.js";

describe("the way to a node", () => {
  it("is a channel that is connected with the first call, by one connection", async () => {
    await using backend = await Backend.start();
    await using way = wayTo(backend);
    assert.deepEqual([await backend.connections(), ...labels()], [0]);

    for (let nth = 0; nth < 3; nth += 1) assert.equal(await way.get(), "ok");
    assert.deepEqual([await backend.connections(), ...labels()], [1, `widgets http://${backend.address}`]);
  });

  it("is connected at once where that is asked for, by as many members", async () => {
    await using backend = await Backend.start();
    await using way = wayTo(backend, { connect: "at-once", wanted: 2 });
    await until(async () => (await backend.connections()) === 2);

    assert.equal(await way.get(), "ok");
    await way.clock.advance(400_000);
    assert.equal(await backend.connections(), 2);
  });

  it("is let go of when nobody calls for long, and taken up again with the next call", async () => {
    await using backend = await Backend.start();
    await using way = wayTo(backend, { restAfterMs: 60_000 });
    await way.get();
    await way.clock.advance(59_000);
    assert.equal(await backend.connections(), 1);
    await way.clock.advance(2_000);
    await until(async () => (await backend.connections()) === 0);
    assert.deepEqual(labels(), []);

    assert.equal(await way.get(), "ok");
  });

  it("is connected ahead of calls when it is to take the place of another, and let go of like any other", async () => {
    await using backend = await Backend.start();
    await using way = wayTo(backend, { restAfterMs: 60_000 });
    assert.equal(way.transport.resting, true);
    await way.transport.warm!();
    assert.deepEqual([await backend.connections(), way.transport.resting], [1, false]);
    assert.equal(await way.get(), "ok");
    assert.equal(await backend.connections(), 1);
    await way.clock.advance(62_000);
    await until(() => way.transport.resting!);

    assert.deepEqual(labels(), []);
  });

  it("tells who waits for it to be connected that it was closed", async () => {
    await using backend = await Backend.start();
    await using way = wayTo(backend);
    await backend.kill();
    const warm = assert.rejects(way.transport.warm!(), (error) => isMillraceError(error, "closed"));
    await way.transport.close();

    await warm;
  });

  it("is never at rest where it is to be connected at once", async () => {
    await using backend = await Backend.start();
    await using way = wayTo(backend, { connect: "at-once" });

    assert.equal(way.transport.resting, false);
  });

  it("is not let go of while a call lasts", async () => {
    const answers: (() => void)[] = [];
    await using backend = await Backend.start((_, response) => void answers.push(() => response.end("late")));
    await using way = wayTo(backend, { restAfterMs: 1_000 });
    const answer = way.get();
    await until(() => answers.length === 1);
    await way.clock.advance(30_000);
    answers[0]!();

    assert.equal(await answer, "late");
  });

  it("fails as soon as connecting does, saying why, and tries again for the next call", async () => {
    await using backend = await Backend.start();
    await using way = wayTo(backend);
    await backend.kill();
    for (let nth = 0; nth < 3; nth += 1) {
      await assert.rejects(way.get(), (error) => {
        assert.ok(isMillraceError(error, "connect-failed") && error.unsent);
        return error.message === `cannot connect to ${backend.address}: ECONNREFUSED`;
      });
    }
    assert.equal(way.transport.reachable!.value, false);
    await backend.start();

    assert.equal(await way.get(), "ok");
    assert.equal(way.transport.reachable!.value, true);
  });

  it("gives up connecting after the time for that", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    await using way = wayTo({ address: `127.0.0.1:${port}` }, {}, { scheme: "https" });
    const answer = assert.rejects(
      way.get(),
      (error) => isMillraceError(error, "timeout") && error.phase === "connect" && error.unsent,
    );
    const [socket] = (await once(silent, "connection")) as [Socket];
    await way.clock.advance(10_000);
    await answer;
    socket.destroy();
    silent.close();
  });

  it("hears of a node that goes away, and of one that comes back, without a call", async () => {
    await using backend = await Backend.start();
    await using way = wayTo(backend, {}, { time: systemClock });
    await way.get();
    await backend.kill();
    await until(() => !way.transport.reachable!.value);
    await backend.start();
    await until(() => way.transport.reachable!.value);

    assert.equal(backend.requests, 1);
  });

  it("checks the health of its members where that is asked for", async () => {
    const healthy = { value: true };
    await using backend = await Backend.start(({ url }, response) => {
      response.writeHead(url === "/ready" && !healthy.value ? 503 : 200).end(url);
    });
    const health = { kind: "http", path: "/ready", intervalMs: 10 } as const;
    await using way = wayTo(backend, { health }, { time: systemClock });
    assert.equal(await way.get("/a"), "/a");
    healthy.value = false;
    await until(() => !way.transport.reachable!.value);

    assert.equal(await way.get("/a"), "/a", "for want of a better one");
  });

  it("checks the health of its members by way of a proxy as it makes calls", async () => {
    const asked: string[] = [];
    await using proxy = await Backend.start(({ url, headers }, response) => {
      asked.push(`${url} ${headers["proxy-authorization"]}`);
      response.writeHead(url!.startsWith("http://") ? 200 : 400).end("passed on");
    });
    const credentials = { username: "mill", password: "race" };
    const by = { type: "http", hostAndPort: proxy.address, credentials } as const;
    const health = { kind: "http", path: "/ready" } as const;
    await using way = wayTo({ address: "node.test:81" }, { health }, { time: systemClock, by });

    assert.equal(await way.get("/a"), "passed on");
    const authorization = `Basic ${Buffer.from("mill:race").toString("base64")}`;
    assert.deepEqual(asked.slice(0, 2), [
      `http://node.test:81/ready ${authorization}`,
      `http://example.test/a ${authorization}`,
    ]);
  });

  it("makes the calls that wait for a connection when it is closed", async () => {
    await using backend = await Backend.start();
    const way = wayTo(backend);
    const answers = Promise.all([way.get(), way.get()]);
    await way[Symbol.asyncDispose]();

    assert.deepEqual(await answers, ["ok", "ok"]);
  });

  it("leaves no timer, connection or channel behind once it is closed", async () => {
    await using backend = await Backend.start();
    const way = wayTo(backend);
    await way.get();
    await way[Symbol.asyncDispose]();

    assert.equal(way.clock.pending, 0);
    await until(async () => (await backend.connections()) === 0);
    await assert.rejects(way.get(), (error) => isMillraceError(error, "closed"));
  });

  it("refuses options that are out of their range", () => {
    const wrong: readonly (readonly [RegExp, NodeChannelOptions])[] = [
      [/client\.nodeChannels\.connect: expected "first-call" or "at-once"/, { connect: "never" as never }],
      [/client\.nodeChannels\.wanted: expected/, { wanted: 0 }],
      [/client\.nodeChannels\.restAfterMs: expected/, { restAfterMs: 0 }],
      [/health\.path: expected/, { health: { kind: "http", path: "ready" } }],
    ];
    for (const [message, options] of wrong) assert.throws(() => nodeChannelSettings(options), message);
  });
});

describe("a client of nodes of which one is down", () => {
  for (const nodeSelection of ["ADAPTIVE", "BALANCED", "PIN_UNTIL_ERROR"] as const) {
    it(`loses no call to a node that it knows to be gone, with ${nodeSelection}`, async () => {
      await using one = await Backend.start();
      await using other = await Backend.start();
      const ways: Transport[] = [];
      const keeping: OpenTransport = (options) => {
        const way = openTransport(options);
        ways.push(way);
        return way;
      };
      const uris = [one, other].map(({ address }) => `http://${address}`);
      const options = { nodeSelection, maxRetries: 0, openTransport: keeping };
      await using client = await clientOf(uris, { ...options, nodeChannels: { connect: "at-once" } });
      await Promise.all(
        [one, other].map((backend) => until(async () => (await backend.connections()) === 1)),
      );
      await one.kill();
      await until(() => ways.some(({ reachable }) => !reachable!.value));

      for (let nth = 0; nth < 20; nth += 1) await client.request("POST", "/").then(({ body }) => body.text());
      assert.equal(other.requests, 20);
      await one.start();
      await until(() => ways.every(({ reachable }) => reachable!.value));
    });
  }
});

/** The way to a node, on a clock of its own. */
function wayTo(
  { address }: { readonly address: string },
  options: NodeChannelOptions = {},
  {
    scheme = "http",
    time,
    by = { type: "direct" },
  }: { readonly scheme?: string; readonly time?: Clock; readonly by?: ProxyConfig } = {},
) {
  const virtual = new VirtualClock();
  const clock = time ?? virtual;
  const sweeper = new Sweeper({ clock });
  const transport = openTransport({
    service: "widgets",
    url: new URL(`${scheme}://${address}/api`),
    proxy: by,
    tls: {},
    connectTimeoutMs: 10_000,
    readTimeoutMs: 300_000,
    writeTimeoutMs: 300_000,
    channel: nodeChannelSettings(options),
    clock,
    random: seededRandom(1),
    sweeper,
  });
  const get = async (path = "/") => {
    const { body } = await transport.call(requestTo(path), createContext());
    return Buffer.from(await readAll(body)).toString();
  };
  const close = async () => {
    await transport.close();
    sweeper[Symbol.dispose]();
  };
  return { clock: virtual, transport, get, [Symbol.asyncDispose]: close };
}

function labels(): readonly string[] {
  return openedChannels().map(({ label }) => label);
}

/** Waits for what is bound to come: the runner's limit of time ends a wait in vain. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}
