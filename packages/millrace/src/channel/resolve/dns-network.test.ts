import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { createDnsResolver } from "./dns.js";
import { createDnsClient, type DnsClient } from "./dns-client.js";
import { DnsServer } from "./dns-server.test.fixture.js";
import { WaitingListener } from "./recorded.test.fixture.js";
import type { Resolver } from "./resolver.js";
import { createSrvResolver } from "./srv.js";

describe("resolvers and a DNS server", () => {
  it("follow records that flip, within the TTL and a second", async () => {
    await using peer = await setup();
    peer.server.say("A a.test", { ttl: 30, data: ["127.0.0.1", "127.0.0.2"] });
    peer.server.say("AAAA a.test", { ttl: 600, data: ["fd00::1:2"] });
    using watch = peer.watch(createDnsResolver({ host: "a.test", port: 80, ...peer.lookup }));
    assert.equal(await watch.next(), "127.0.0.1:80 127.0.0.2:80 [fd00::1:2]:80");
    peer.server.say("A a.test", { ttl: 12, data: ["127.0.0.3"] });
    peer.server.say("AAAA a.test", { rcode: 0 });
    let told = watch.next();
    await peer.clock.advance(31_000);
    assert.equal(await told, "127.0.0.3:80");
    peer.server.say("A a.test", { ttl: 12, data: ["127.0.0.4"] });
    told = watch.next();
    await peer.clock.advance(13_000);

    assert.equal(await told, "127.0.0.4:80");
    assert.equal(peer.server.asked.length, 6);
  });

  it("find services", async () => {
    await using peer = await setup();
    peer.server.say("SRV _http._tcp.test", {
      ttl: 30,
      data: [
        [1, 1, 81, "a.test"],
        [1, 3, 82, "b.test"],
        [2, 1, 83, "c.test"],
      ],
    });
    peer.server.say("A a.test", { ttl: 30, data: ["127.0.0.1"] });
    peer.server.say("A b.test", { ttl: 30, data: ["127.0.0.2"] });
    using watch = peer.watch(createSrvResolver({ name: "_http._tcp.test", ...peer.lookup }));
    await watch.next();

    assert.deepEqual(
      watch.listener.addresses.map((address) => address.kind === "tcp" && { ...address }),
      [
        { kind: "tcp", host: "127.0.0.1", port: 81, weight: 1 },
        { kind: "tcp", host: "127.0.0.2", port: 82, weight: 3 },
      ],
    );
  });

  const garbage: Readonly<Record<string, (proper: Buffer) => Buffer>> = {
    "an answer that is cut off": (proper) => proper.subarray(0, 14),
    "an answer to another question": (proper) => Buffer.concat([Buffer.from([0, 0]), proper.subarray(2)]),
    "records that are announced and not there": (proper) => withAnswers(proper, 9, Buffer.alloc(0)),
    "a name that points at itself": (proper) => withAnswers(proper, 1, pointerTo(proper.length)),
    noise: () => Buffer.from(Array.from({ length: 100 }, (_, at) => (at * 197) % 256)),
  };
  for (const [what, bytes] of Object.entries(garbage)) {
    it(`fail, and keep what they know, for ${what}`, async () => {
      await using peer = await setup();
      peer.server.say("A a.test", { ttl: 10, data: ["127.0.0.1"] });
      using watch = peer.watch(createDnsResolver({ host: "a.test", port: 80, ...peer.lookup, family: 4 }));
      await watch.next();
      peer.server.say("A a.test", { bytes });
      let told = watch.next();
      await peer.clock.advance(11_000);
      assert.match(await told, /^failed: cannot resolve a\.test: E/);
      assert.equal(watch.listener.addresses.length, 1);
      peer.server.say("A a.test", { ttl: 10, data: ["127.0.0.2"] });
      told = watch.next();
      await peer.clock.advance(750);

      assert.equal(await told, "127.0.0.2:80");
    });
  }

  it("fail for servers that refuse or do not answer, and give a question up that nobody waits for", async () => {
    await using peer = await setup();
    peer.server.say("A refused.test", { rcode: 5 });
    peer.server.say("A silent.test", "silence");
    const of = (host: string) => createDnsResolver({ host, port: 80, ...peer.lookup, family: 4 });
    using refused = peer.watch(of("refused.test"));
    assert.equal(await refused.next(), "failed: cannot resolve refused.test: EREFUSED");
    using silent = peer.watch(of("silent.test"));
    assert.equal(await silent.next(), "failed: cannot resolve silent.test: ETIMEOUT");
    const caller = new AbortController();
    const question = createDnsClient({ servers: [peer.server.address], timeoutMs: 60_000 }).addresses(
      "silent.test",
      4,
      caller.signal,
    );
    caller.abort();

    await assert.rejects(question, { code: "ECANCELLED" });
  });
});

async function setup() {
  const server = await DnsServer.open();
  const clock = new VirtualClock();
  const servers = [server.address];
  const patient = createDnsClient({ servers, timeoutMs: 20_000, tries: 1 });
  const impatient = createDnsClient({ servers, timeoutMs: 250, tries: 1 });
  // Only what is never answered is not waited for: under load, an answer may take its time.
  const client: DnsClient = {
    addresses: (name, family, signal) =>
      (server.answers(name) ? patient : impatient).addresses(name, family, signal),
    services: (name, signal) => patient.services(name, signal),
  };
  const lookup = { client, clock, random: () => 0.999, hostsFile: false, search: [] } as const;
  const watch = (resolver: Resolver) => {
    const listener = new WaitingListener();
    const resolution = resolver.watch(listener);
    return { listener, next: () => listener.next(), [Symbol.dispose]: () => resolution[Symbol.dispose]() };
  };
  return { server, clock, lookup, watch, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function withAnswers(proper: Buffer, count: number, answers: Buffer): Buffer {
  const message = Buffer.concat([proper, answers]);
  message.writeUInt16BE(count, 6);
  return message;
}

/** A record whose name is a pointer to where it stands. */
function pointerTo(offset: number): Buffer {
  return Buffer.from([0xc0 | (offset >> 8), offset & 255, 0, 1, 0, 1, 0, 0, 0, 10, 0, 4, 127, 0, 0, 9]);
}
