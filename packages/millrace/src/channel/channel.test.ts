import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { isMillraceError } from "../base/errors.js";
import { processHealth } from "../base/health-signals.js";
import { createContext } from "../service/context.js";
import { VirtualClock } from "../testing/virtual-clock.js";
import { readAll } from "../wire/index.js";
import { requestTo } from "../wire/proof/client-side.js";
import { Backend } from "./backends.test.fixture.js";
import { type Channel, openChannel, openedChannels } from "./channel.js";
import type { Connector } from "./connect/connector.js";
import { createDialer } from "./connect/dialer.js";
import type { ChannelOptions } from "./options.js";
import { createStaticResolver } from "./resolve/static.js";

describe("openChannel", () => {
  it("is ready before the first call, and answers it", async () => {
    await using backend = await serve();
    await using channel = openChannel(backend.url);
    await channel.whenHealthy();
    assert.equal(channel.ready, true);

    assert.equal(await get(channel), `hello from ${backend.host}`);
  });

  it("lets a call wait for the first member", async () => {
    await using backend = await serve();
    await using channel = openChannel(backend.url);

    assert.equal(await get(channel), `hello from ${backend.host}`);
  });

  it("sends requests that name no host to the target's", async () => {
    await using backend = await serve();
    await using channel = openChannel("http://backend.test:81", {
      resolver: createStaticResolver([backend.host]),
    });
    const target = { form: "origin", path: "/host", authority: "", scheme: "http" } as const;
    const { body } = await channel.call(requestTo("/", { target }), createContext());

    assert.equal(Buffer.from(await readAll(body)).toString(), "backend.test:81");
    assert.equal(channel.origin, "http://backend.test:81");
  });

  it("fails a call that finds no member in time, saying why", async () => {
    await using clock = new ClosingClock();
    await using channel = openChannel("http://backend.test", {
      resolver: { target: "nothing", watch: () => ({ refresh: () => {}, [Symbol.dispose]: () => {} }) },
      clock,
      waitMs: 500,
    });
    const call = channel.call(requestTo("/"), createContext());
    const failed = assert.rejects(call, (error) => {
      assert.ok(isMillraceError(error, "unavailable") && error.unsent);
      assert.match(error.message, /no member of http:\/\/backend\.test to call within 500 ms: name not/);
      return true;
    });
    await clock.advance(500);

    await failed;
  });

  it("tells of health when it comes and when it goes", async () => {
    const backend = await serve();
    const heard: boolean[] = [];
    await using channel = openChannel(backend.url, { onHealthy: (healthy) => heard.push(healthy) });
    await channel.whenHealthy();
    assert.deepEqual(heard, [true]);
    const down = new Promise<void>((resolve) => channel.status.subscribe(() => resolve()));
    await backend[Symbol.asyncDispose]();
    await down;

    assert.deepEqual(heard, [true, false]);
  });

  it("joins the signals of the process, unless it is not to", async () => {
    await using backend = await serve();
    await using channel = openChannel(backend.url, { label: "backend" });
    await using other = openChannel(backend.url, { label: "other", signals: false });
    assert.deepEqual([processHealth.names, processHealth.healthy.value], [["backend"], false]);
    await channel.whenHealthy();
    await other.whenHealthy();
    assert.equal(processHealth.healthy.value, true);
    await channel.close();

    assert.deepEqual(processHealth.names, []);
  });

  it("shows members that connect, that wait for their first check, and that are well (W24)", async () => {
    const answers: (() => void)[] = [];
    await using backend = await Backend.start((_, response) => void answers.push(() => response.end()));
    const dead = { kind: "tcp", host: "10.0.0.7", port: 80 } as const;
    const live = { kind: "tcp", host: "127.0.0.1", port: backend.port } as const;
    const dial = createDialer();
    const never: Connector = {
      target: "10.0.0.7:80",
      encrypted: false,
      connect: (signal) =>
        new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason as Error))),
    };
    await using channel = openChannel("http://backend.test", {
      resolver: createStaticResolver([live, dead]),
      dialer: (address) => (address === dead ? never : dial(address)),
      health: "/ready",
      pool: { wanted: 2, healthyMin: 1 },
    });
    const states = () => channel.snapshot().members.map(({ address, state }) => `${address} ${state}`);
    while (answers.length === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(states(), [`${backend.address} connected`, "10.0.0.7:80 connecting"]);
    answers[0]!();
    await channel.whenHealthy();

    assert.deepEqual(states(), [`${backend.address} healthy`, "10.0.0.7:80 connecting"]);
    assert.deepEqual(
      channel.snapshot().addresses.map(({ address, uses, stale }) => [address, uses, stale]),
      [
        [backend.address, 1, false],
        ["10.0.0.7:80", 1, false],
      ],
    );
  });

  it("takes an address that its dialer refuses for one that cannot be connected to", async () => {
    await using clock = new ClosingClock();
    await using channel = openChannel("http://10.0.0.7", {
      dialer: ({ kind }) => {
        throw new Error(`no way to dial ${kind}`);
      },
      clock,
      waitMs: 0,
    });
    await clock.advance(0);

    await assert.rejects(get(channel), /no member of http:\/\/10\.0\.0\.7 to call: no way to dial tcp/);
  });

  it("shows all it knows", async () => {
    await using backend = await serve();
    await using channel = openChannel(backend.url, { label: "backend" });
    await channel.whenHealthy();
    const { label, status, addresses, resolves, balance } = channel.snapshot();

    assert.deepEqual([label, status, resolves], ["backend", "healthy", backend.host]);
    assert.equal(addresses[0]?.address, backend.host);
    assert.ok(balance.members.length >= 2);
    assert.ok(openedChannels().includes(channel));
    assert.equal(channel.explain().candidates, channel.snapshot().usable);
  });

  it("refuses calls once it is closed, and is no longer listed", async () => {
    await using backend = await serve();
    const channel = openChannel(backend.url);
    await channel.whenHealthy();
    await channel.close();

    await assert.rejects(get(channel), (error) => isMillraceError(error, "closed"));
    await assert.rejects(channel.whenHealthy(), (error) => isMillraceError(error, "closed"));
    assert.equal(openedChannels().includes(channel), false);
  });

  const wrong: readonly (readonly [message: RegExp, options: ChannelOptions])[] = [
    [/channel\.waitMs: expected/, { waitMs: -1 }],
    [/connections\.max: expected/, { connections: { max: 0 } }],
    [/pool\.wanted: expected/, { pool: { wanted: 0 } }],
    [/pool\.healthyMin: expected a whole number from 0 to 2/, { pool: { wanted: 2, healthyMin: 3 } }],
    [/pool\.removed: expected "drain" or "keep"/, { pool: { removed: "drop" as never } }],
    [/health\.path: expected/, { health: { kind: "http", path: "ready" } }],
    [/health\.path: expected .* without blanks and fragment, found \/a#b/, { health: "/a#b" }],
    [/health\.path: expected/, { health: "/a\r\nX: b" }],
    [/channel\.health: expected an object with options, found 7/, { health: 7 as never }],
    [/channel\.health: expected an object with options, found null/, { health: null as never }],
    [/channel\.health: expected .* found an empty list/, { health: [] as never }],
    [/channel\.pool: expected an object with options, found null/, { pool: null as never }],
    [/channel\.connections: expected .* found 5/, { connections: 5 as never }],
    [/channel\.balance: expected .* found null/, { balance: null as never }],
    [/channel\.retry: expected .* found null/, { retry: null as never }],
    [/channel\.retry: expected .* found true/, { retry: true as never }],
    [/channel\.tls: expected .* found null/, { tls: null as never }],
    [/channel\.label: expected a name, found an object/, { label: {} as never }],
    [/channel\.random: expected a function, found 0\.5/, { random: 0.5 as never }],
    [/channel\.waitMs: expected .* found "30000"/, { waitMs: "30000" as never }],
    [/^timeouts: expected .* found null/, { connections: { timeouts: null as never } }],
    [/^limits: expected .* found null/, { connections: { limits: null as never } }],
    [/pool\.sizing: expected .* found null/, { pool: { sizing: null as never } }],
    [/pool\.backoff: expected .* found null/, { pool: { backoff: null as never } }],
    [/tls\.identity: expected text, found 7/, { tls: { identity: 7 as never } }],
    [/tls\.alpn: expected a list of protocols .* found http\/1\.1/, { tls: { alpn: "http/1.1" as never } }],
    [/tls\.verifyPeer: expected a function, found true/, { tls: { verifyPeer: true as never } }],
    [/balance\.failed: expected a function, found 500/, { balance: { failed: 500 as never } }],
    [/health\.method: expected a method, found G T/, { health: { kind: "http", path: "/", method: "G T" } }],
    [/health\.host: expected/, { health: { kind: "http", path: "/", host: "a/b" } }],
    [/health\.fields: expected/, { health: { kind: "http", path: "/", fields: [["a b", "c"]] } }],
    [
      /health\.fields: expected a list, which each check reads anew/,
      { health: { kind: "http", path: "/", fields: new Map([["a", "b"]]).entries() } },
    ],
    [/health\.fields: expected a list/, { health: { kind: "http", path: "/", fields: null as never } }],
    [
      /health\.expectedStatuses: expected pairs/,
      { health: { kind: "http", path: "/", expectedStatuses: [200 as never] } },
    ],
    [
      /health\.expectedStatuses: expected pairs/,
      { health: { kind: "http", path: "/", expectedStatuses: [[299, 200]] } },
    ],
    [/health\.expectedBody: expected/, { health: { kind: "http", path: "/", expectedBody: 1 as never } }],
    [/health\.kind: expected/, { health: { kind: "icmp" } as never }],
    [/health\.timeoutMs: expected/, { health: { kind: "tcp", timeoutMs: 0 } }],
    [/health\.path: expected/, { health: { kind: "http" } as never }],
    [/health\.watch: expected/, { health: { kind: "custom" } as never }],
    [/retry\.attempts: expected/, { retry: { attempts: 0 } }],
    [
      /retry\.on: expected one of connect-failure, .*, found 500/,
      { retry: { on: ["reset", "500" as never] } },
    ],
    [/retry\.budget\.deposit: expected/, { retry: { budget: {} as never } }],
    [/pool\.max: expected/, { pool: { max: 0 } }],
    [/backoff\.initialMs: expected/, { pool: { backoff: { initialMs: 0 } } }],
    [/outlier\..*: expected/, { balance: { outlier: { consecutiveFailures: 0 } } }],
    [/balance\.picker\.pick: expected/, { balance: { picker: {} as never } }],
    [/channel\.resolver\.watch: expected/, { resolver: {} as never }],
    [/channel\.dialer: expected/, { dialer: "tcp" as never }],
    [/channel\.memberLayer: expected/, { memberLayer: {} as never }],
    [/channel\.onHealthy: expected/, { onHealthy: true as never }],
    [/channel\.signals\.add: expected/, { signals: {} as never }],
  ];
  const more: readonly (readonly [target: string, found: RegExp])[] = [
    ["http://ann:secret@127.0.0.1:1", /without a user, .* found 127\.0\.0\.1:1$/],
    [
      "http://127.0.0.1:1/base",
      /expected http:\/\/127\.0\.0\.1:1 alone, .* found the path \/base behind it$/,
    ],
    ["http://127.0.0.1:1/?key=secret", /found a query behind it$/],
    ["http://127.0.0.1:1#secret", /found a fragment behind it$/],
    ["tcp://127.0.0.1:1/base?key=secret", /found the path \/base and a query behind it$/],
  ];
  for (const [target, found] of more) {
    it(`refuses a target that says more than where to go, and repeats no secret: ${target}`, () => {
      const refused = (path: string) => (error: unknown) => {
        assert.ok(isMillraceError(error, "invalid-options"), String(error));
        assert.ok(error.message.startsWith(`${path}: expected `), error.message);
        assert.match(error.message, found);
        assert.ok(!error.message.includes("secret"));
        return true;
      };
      assert.throws(() => openChannel(target), refused("channel.target"));
      assert.throws(() => openChannel(new URL(target)), refused("channel.target"));
      assert.throws(() => openChannel("http://a.test", { connectTo: target }), refused("channel.connectTo"));
    });
  }

  it("does not guess that a scheme it does not know goes without TLS", async () => {
    for (const target of ["wss://127.0.0.1:1", "grpcs://127.0.0.1:1"]) {
      assert.throws(
        () => openChannel(target),
        /channel\.tls: expected true or false, which (wss|grpcs): leaves/,
      );
    }
    await using open = openChannel("wss://127.0.0.1:1", { tls: true });
    assert.equal(open.origin, "https://127.0.0.1:1");
  });

  it("takes the slash that URLs put behind a host for no path", async () => {
    await using backend = await serve();
    await using channel = openChannel(new URL(backend.url));
    assert.equal(await get(channel), `hello from ${backend.host}`);
  });

  for (const [message, options] of wrong) {
    it(`refuses options that are out of their range, before anything is open: ${message.source}`, () => {
      const clock = new VirtualClock();
      assert.throws(
        () => openChannel("http://127.0.0.1:1", { clock, ...options }),
        (error) => isMillraceError(error, "invalid-options") && message.test(error.message),
      );
      assert.equal(openedChannels().length, 0);
      assert.equal(clock.pending, 0);
    });
  }
});

/** A clock that must have no task left in the end. */
class ClosingClock extends VirtualClock implements AsyncDisposable {
  async [Symbol.asyncDispose](): Promise<void> {
    assert.equal(this.pending, 0);
  }
}

async function get(channel: Channel): Promise<string> {
  const { body } = await channel.call(requestTo("/"), createContext());
  return Buffer.from(await readAll(body)).toString();
}

async function serve() {
  const server = createServer((request, response) =>
    response.end(request.url === "/host" ? request.headers.host : `hello from ${host}`),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://${host}`, host, [Symbol.asyncDispose]: close };
}
