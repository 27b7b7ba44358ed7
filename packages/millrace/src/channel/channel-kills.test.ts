import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { MillraceError } from "../base/errors.js";
import { seededRandom } from "../base/random.js";
import { WaitLine } from "../base/wait-line.js";
import { createContext } from "../service/context.js";
import { readAll } from "../wire/index.js";
import { requestTo } from "../wire/proof/client-side.js";
import { Backend, callWhile, get } from "./backends.test.fixture.js";
import { type Channel, openChannel } from "./channel.js";
import { createDialer, type Dialer } from "./connect/dialer.js";
import { createStaticResolver } from "./resolve/static.js";

describe("a channel whose members are killed", () => {
  it("fails none of 10,000 idempotent calls, lets none hang, and leaves nothing behind", async () => {
    const random = seededRandom(7);
    const backends = await Promise.all([1, 2, 3].map(() => Backend.start()));
    const resolver = createStaticResolver(backends.map(({ address }) => address));
    const open = () => openChannel("http://backend.test", { resolver, random });
    await use(open, () => {}, 1_000);
    const before = await remains(backends);

    let kills = 0;
    await use(
      open,
      (calls) => {
        if (calls % 250 !== 0) return;
        kills += 1;
        const victim = backends[Math.floor(random() * backends.length)]!;
        if (random() < 0.5) victim.dropConnections();
        else void victim.kill().then(() => setImmediate(() => void victim.start()));
      },
      10_000,
    );
    const after = await remains(backends);
    for (const backend of backends) await backend.kill();

    assert.equal(kills, 40);
    assert.deepEqual([before.connections, after.connections], [0, 0]);
    const grown = after.heapBytes - before.heapBytes;
    assert.ok(grown < 4_000_000, `${grown} bytes more`);
  });

  it("fails no call that was not sent while all refuse at once, and has them wait for the first to be back", async () => {
    await using one = await Backend.start();
    await using two = await Backend.start();
    const backends = [one, two];
    const resolver = createStaticResolver(backends.map(({ address }) => address));
    const line = new WaitLine();
    const refused = new MillraceError("refused", { code: "connect-failed", unsent: true });
    let down = false;
    const dial = createDialer();
    const dialer: Dialer = (address) => {
      const connector = dial(address);
      const connect = (signal?: AbortSignal) =>
        down ? line.join(signal).then(() => Promise.reject(refused)) : connector.connect(signal);
      return { ...connector, connect };
    };
    // Waiting for somebody to call is no retry: there is no budget for any.
    const budget = { deposit() {}, withdraw: () => false };
    await using channel = openChannel("http://backend.test", { resolver, dialer, retry: { budget } });
    await channel.whenHealthy();
    // A connection that was used may go without being a bad sign.
    while (backends.some(({ requests }) => requests === 0)) await get(channel);
    down = true;
    for (const backend of backends) backend.dropConnections();
    const connecting = () =>
      channel.snapshot().members.every(({ connections: { connecting } }) => connecting > 0);
    while (!connecting()) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(channel.snapshot().usable > 0);

    const calls = Promise.all(Array.from({ length: 300 }, () => post(channel)));
    while (channel.snapshot().usable > 0) {
      line.releaseAll();
      await new Promise((resolve) => setImmediate(resolve));
    }
    down = false;
    line.releaseAll();

    assert.deepEqual(new Set(await calls), new Set([200]));
  });

  it("sends nothing to a backend that is gone, and comes back to it", async () => {
    const backends = await Promise.all([1, 2, 3].map(() => Backend.start()));
    const resolver = createStaticResolver(backends.map(({ address }) => address));
    await using channel = openChannel("http://backend.test", { resolver });
    await channel.whenHealthy();
    const [victim] = backends;
    await victim!.kill();
    let calls = 0;
    await callWhile(
      8,
      () => (calls += 1) <= 1_000,
      () => get(channel),
    );
    const { port } = victim!;
    assert.ok(port > 0);
    const before = victim!.requests;
    await victim!.start();
    await callWhile(
      4,
      () => victim!.requests === before,
      () => get(channel),
    );

    assert.ok(victim!.requests > before);
    await channel.close();
    for (const backend of backends) await backend.kill();
  });
});

async function post(channel: Channel): Promise<number> {
  const { status, body } = await channel.call(requestTo("/", { method: "POST" }), createContext());
  await readAll(body);
  return status;
}

/** Makes `count` calls, twenty at a time, and tells `onCall` of each. */
async function use(
  open: () => ReturnType<typeof openChannel>,
  onCall: (calls: number) => void,
  count: number,
) {
  await using channel = open();
  await channel.whenHealthy();
  let calls = 0;
  const more = () => {
    if (calls >= count) return false;
    calls += 1;
    onCall(calls);
    return true;
  };
  await callWhile(20, more, async () => assert.equal(await get(channel), "ok"));
}

/** What is there when nobody calls: connections, as both ends see them, and memory. */
async function remains(backends: readonly Backend[]) {
  const connected = async () => {
    const counts = await Promise.all(backends.map((backend) => backend.connections()));
    return counts.reduce((sum, count) => sum + count) + openSockets();
  };
  const starting = () => backends.some(({ up }) => !up);
  // Sockets take some turns of the event loop to close; those that are never closed are found all the same.
  for (let turn = 0; turn < 100_000 && (starting() || (await connected()) > 0); turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return { connections: await connected(), heapBytes: process.memoryUsage().heapUsed };
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap").length;
}
