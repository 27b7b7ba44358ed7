import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import type { ServiceRecord } from "./dns-client.js";
import { RecordedListener } from "./recorded.test.fixture.js";
import { records, scripted, serverFailure } from "./scripted-dns.test.fixture.js";
import { createSrvResolver, type SrvResolverOptions } from "./srv.js";

const question = "SRV _http._tcp.test";

describe("createSrvResolver", () => {
  it("tells the addresses of the hosts, with port, and weight shared among a host's addresses", async () => {
    const { clock, dns, listener, watch } = setup();
    dns.say(question, [service("a.test", 81, { weight: 30 }), service("b.test", 82, { weight: 10 })]);
    dns.say("A a.test", records(60, "10.0.0.1", "10.0.0.2"));
    dns.say("A b.test", records(60, "10.0.0.3"));
    using _ = watch();
    await clock.advance(0);

    assert.deepEqual(
      listener.addresses.map(
        (address) => address.kind === "tcp" && [address.host, address.port, address.weight],
      ),
      [
        ["10.0.0.1", 81, 15],
        ["10.0.0.2", 81, 15],
        ["10.0.0.3", 82, 10],
      ],
    );
  });

  it("gives no weights when all are 0, and little to one that is", async () => {
    const { clock, dns, listener, watch } = setup();
    dns.say("A a.test", records(60, "10.0.0.1"));
    dns.say("A b.test", records(60, "10.0.0.2"));
    dns.say(question, [service("a.test", 80), service("b.test", 80)]);
    using _ = watch();
    await clock.advance(0);
    assert.deepEqual(weights(listener), [undefined, undefined]);
    dns.say(question, [service("a.test", 80), service("b.test", 80, { weight: 10 })]);
    await clock.advance(30_000);

    assert.deepEqual(weights(listener), [0.01, 10]);
  });

  it("uses the lowest priority of which a host has an address", async () => {
    const { clock, dns, listener, watch } = setup();
    dns.say(question, [service("b.test", 80, { priority: 20 }), service("a.test", 80, { priority: 10 })]);
    dns.say("A a.test", records(60, "10.0.0.1"));
    dns.say("A b.test", records(60, "10.0.0.2"));
    using _ = watch();
    await clock.advance(0);
    dns.say("A a.test", "missing");
    await clock.advance(30_000);

    assert.deepEqual(listener.told, ["10.0.0.1:80", "10.0.0.2:80"]);
  });

  it("keeps the addresses of a host that cannot be found out, not those of one that is gone", async () => {
    const { clock, dns, listener, watch } = setup();
    dns.say(question, [service("a.test", 80), service("b.test", 80)]);
    dns.say("A a.test", records(60, "10.0.0.1"));
    dns.say("A b.test", records(60, "10.0.0.2"));
    using _ = watch();
    await clock.advance(0);
    dns.say("A a.test", serverFailure());
    await clock.advance(30_000);
    dns.say("A b.test", "missing");
    await clock.advance(10_000);

    assert.deepEqual(listener.told, ["10.0.0.1:80 10.0.0.2:80", "10.0.0.1:80 10.0.0.2:80", "10.0.0.1:80"]);
  });

  it("asks again after 30 s, or sooner when a host's TTL runs out, or as the client tells", async () => {
    for (const [ttl, srvTtl, afterMs] of [
      [60, undefined, 30_000],
      [20, undefined, 20_000],
      [60, 45, 45_000],
    ] as const) {
      const { clock, dns, watch } = setup();
      dns.say(question, [service("a.test", 80, { ttl: srvTtl })]);
      dns.say("A a.test", records(ttl, "10.0.0.1"));
      using _ = watch();
      await clock.advance(afterMs - 1);
      assert.equal(dns.take().filter((asked) => asked === question).length, 1);
      await clock.advance(1);

      assert.equal(dns.take().filter((asked) => asked === question).length, 1);
    }
  });

  const failures: readonly (readonly [
    what: string,
    said: readonly ServiceRecord[] | Error,
    reason: string,
  ])[] = [
    ["no records", [], "it has no SRV record"],
    ["a service that is not offered", [service(".", 0)], "it has no SRV record"],
    ["hosts without addresses", [service("a.test", 80)], "none of its hosts has an address"],
    ["servers that fail", serverFailure(), "ESERVFAIL"],
  ];
  for (const [what, said, reason] of failures) {
    it(`fails for ${what}`, async () => {
      const { clock, dns, listener, watch } = setup();
      dns.say(question, said);
      using _ = watch();
      await clock.advance(0);

      assert.deepEqual(listener.told, [`failed: cannot resolve _http._tcp.test: ${reason}`]);
    });
  }

  it("looks up a hundred hosts of a service at most", async () => {
    const { clock, dns, watch } = setup();
    dns.say(
      question,
      Array.from({ length: 5_000 }, (_, at) => service(`h${at}.test`, 80)),
    );
    using _ = watch();
    await clock.advance(0);

    assert.equal(dns.asked.length, 101);
  });

  it("leaves nothing when it is disposed of", async () => {
    const { clock, dns, listener, watch } = setup();
    dns.say(question, [service("a.test", 80)]);
    dns.say("A a.test", "silence");
    const resolution = watch();
    await clock.advance(0);
    resolution[Symbol.dispose]();
    await clock.advance(0);

    assert.deepEqual([dns.abandoned, clock.pending, listener.told], [1, 0, []]);
  });

  it("rejects options out of their range at once", () => {
    const { watch } = setup();
    for (const options of [{ name: "" }, { name: "a b" }, { srvTtlMs: 0 }]) {
      assert.throws(
        () => watch(options),
        (error) => isMillraceError(error, "invalid-options"),
      );
    }
  });
});

function setup() {
  const { clock, dns, lookup } = scripted();
  const listener = new RecordedListener();
  const watch = (options: Partial<SrvResolverOptions> = {}) =>
    createSrvResolver({ name: "_http._tcp.test", family: 4, ...lookup, ...options }).watch(listener);
  return { clock, dns, listener, watch };
}

function service(name: string, port: number, parts: Partial<ServiceRecord> = {}): ServiceRecord {
  return { name, port, priority: 0, weight: 0, ...parts };
}

function weights(listener: RecordedListener) {
  return listener.addresses.map(({ weight }) => weight);
}
