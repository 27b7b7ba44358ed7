import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { createDnsResolver, type DnsResolverOptions } from "./dns.js";
import { RecordedListener } from "./recorded.test.fixture.js";
import { records, scripted, serverFailure } from "./scripted-dns.test.fixture.js";

describe("createDnsResolver", () => {
  it("tells the A and AAAA records of a name, each once, with the port", async () => {
    const { clock, dns, listener, watch } = setup();
    dns.say("A a.test", records(60, "10.0.0.2", "10.0.0.1", "10.0.0.2"));
    dns.say("AAAA a.test", records(60, "fd00::1", "fd00:0::1"));
    using _ = watch();
    assert.deepEqual(listener.told, [], "nothing is told before watch returns");
    await clock.advance(0);

    assert.deepEqual(dns.asked, ["A a.test", "AAAA a.test"]);
    assert.deepEqual(listener.told, ["10.0.0.2:80 10.0.0.1:80 [fd00::1]:80"]);
  });

  it("asks for one family where that is wanted", async () => {
    const { clock, dns, watch } = setup();
    using _ = watch({ family: 6 });
    await clock.advance(0);

    assert.deepEqual(dns.asked, ["AAAA a.test"]);
  });

  it("takes IP addresses as they are, at once, for ever, and asks nobody", async () => {
    for (const [host, key] of [
      ["10.0.0.1", "10.0.0.1:80"],
      ["::1", "[::1]:80"],
      ["[::1]", "[::1]:80"],
    ] as const) {
      const { clock, dns, listener, watch } = setup();
      using _ = watch({ host });
      await clock.advance(0);

      assert.deepEqual(listener.told, [key, "ended"]);
      assert.deepEqual(dns.asked, []);
    }
  });

  it("asks again when the shortest TTL has run out", async () => {
    const { clock, dns, listener, watch } = setup();
    dns.say("A a.test", records(60, "10.0.0.1"));
    dns.say("AAAA a.test", records(30, "fd00::1"));
    using _ = watch();
    await clock.advance(29_999);
    dns.say("A a.test", records(60, "10.0.0.9"));
    dns.say("AAAA a.test", "missing");
    assert.equal(dns.take().length, 2);
    await clock.advance(1);

    assert.deepEqual(listener.told, ["10.0.0.1:80 [fd00::1]:80", "10.0.0.9:80"]);
  });

  it("W21 takes a TTL below 10 s for 10 s, and one of days for an hour", async () => {
    for (const [ttl, afterMs] of [
      [0, 10_000],
      [1, 10_000],
      [11, 11_000],
      [864_000, 3_600_000],
    ] as const) {
      const { clock, dns, watch } = setup();
      dns.say("A a.test", records(ttl, "10.0.0.1"));
      using _ = watch({ family: 4 });
      await clock.advance(afterMs - 1);
      assert.equal(dns.take().length, 1);
      await clock.advance(1);

      assert.equal(dns.take().length, 1, `TTL ${ttl}`);
    }
  });

  it("adds a tenth of the TTL by chance, and never more than a second", async () => {
    for (const [ttl, latestMs] of [
      [10, 10_999],
      [600, 600_999],
    ] as const) {
      const { clock, dns, watch } = setup();
      dns.say("A a.test", records(ttl, "10.0.0.1"));
      using _ = watch({ family: 4, random: () => 0.999 });
      await clock.advance(ttl * 1_000 + 998);
      assert.equal(dns.take().length, 1);
      await clock.advance(latestMs - ttl * 1_000 - 998);

      assert.equal(dns.take().length, 1);
    }
  });

  it("reports failures and empty answers, and says nothing against what was told", async () => {
    const { clock, dns, listener, watch } = setup();
    dns.say("A a.test", records(10, "10.0.0.1"));
    using _ = watch({ family: 4 });
    await clock.advance(0);
    dns.say("A a.test", serverFailure());
    await clock.advance(10_000);
    dns.say("A a.test", []);
    await clock.advance(750);
    dns.say("A a.test", "missing");
    await clock.advance(1_125);
    dns.say("A a.test", records(10, "0.0.0.0"));
    await clock.advance(1_687.5);

    assert.deepEqual(listener.told, [
      "10.0.0.1:80",
      "failed: cannot resolve a.test: ESERVFAIL",
      "failed: cannot resolve a.test: it has no address",
      "failed: cannot resolve a.test: it has no address",
      "failed: cannot resolve a.test: it has no address",
    ]);
  });

  it("passes over what is no address, whoever says so", async () => {
    const { clock, dns, listener, watch } = setup();
    dns.say("A a.test", records(60, "b.test", "", "10.0.0.1"));
    using _ = watch({ family: 4 });
    await clock.advance(0);

    assert.deepEqual(listener.told, ["10.0.0.1:80"]);
  });

  it("backs off from 500 ms by half each time, give or take half, to a minute, and starts over after success", async () => {
    for (const [chance, first, second, longest] of [
      [0, 750, 1_125, 60_000],
      [1, 250, 375, 20_000],
    ] as const) {
      const { clock, dns, watch } = setup();
      dns.say("A a.test", serverFailure());
      using _ = watch({ family: 4, random: () => chance });
      await clock.advance(0);
      assert.equal(dns.take().length, 1);
      for (const waitMs of [first, second]) {
        await clock.advance(waitMs - 1);
        assert.equal(dns.take().length, 0);
        await clock.advance(1.5);
        assert.equal(dns.take().length, 1);
      }
      await clock.advance(3_600_000);
      dns.take();
      await clock.advance(longest * 10);
      assert.equal(dns.take().length, 10, "never more between questions than the longest wait");
      dns.say("A a.test", records(10, "10.0.0.1"));
      await clock.advance(longest);
      dns.say("A a.test", serverFailure());
      dns.take();
      await clock.advance(11_000 + first + second);

      assert.ok(dns.take().length >= 3);
    }
  });

  it("keeps one family while only the other can be found out, and asks again soon", async () => {
    const { clock, dns, listener, watch } = setup();
    dns.say("A a.test", records(600, "10.0.0.1"));
    dns.say("AAAA a.test", records(600, "fd00::1"));
    using _ = watch();
    await clock.advance(0);
    dns.say("A a.test", records(600, "10.0.0.2"));
    dns.say("AAAA a.test", serverFailure());
    await clock.advance(600_000);
    dns.say("AAAA a.test", records(600, "fd00::2"));
    await clock.advance(10_000);

    assert.deepEqual(listener.told, [
      "10.0.0.1:80 [fd00::1]:80",
      "10.0.0.2:80 [fd00::1]:80",
      "10.0.0.2:80 [fd00::2]:80",
    ]);
  });

  it("fails when one family is missing and the other cannot be found out", async () => {
    const { clock, dns, listener, watch } = setup();
    dns.say("AAAA a.test", serverFailure());
    using _ = watch();
    await clock.advance(0);

    assert.deepEqual(listener.told, ["failed: cannot resolve a.test: ESERVFAIL"]);
  });

  it("does not wait more than 50 ms for the slower family", async () => {
    const { clock, dns, listener, watch } = setup();
    dns.say("A a.test", records(60, "10.0.0.1"));
    dns.say("AAAA a.test", "silence");
    const resolution = watch();
    await clock.advance(49);
    assert.deepEqual(listener.told, []);
    await clock.advance(1);
    assert.deepEqual(listener.told, ["10.0.0.1:80"]);
    resolution[Symbol.dispose]();

    assert.equal(clock.pending, 0);
  });

  it("gives a look-up up that takes too long, and tries again", async () => {
    const { clock, dns, listener, watch } = setup();
    dns.say("A a.test", "silence");
    using _ = watch({ family: 4, timeoutMs: 5_000 });
    await clock.advance(5_000);
    assert.equal(dns.abandoned, 1);
    dns.say("A a.test", records(60, "10.0.0.1"));
    await clock.advance(750);

    assert.deepEqual(listener.told, ["failed: no answer about a.test within 5000 ms", "10.0.0.1:80"]);
  });

  it("tries the names that a short one stands for, and goes on only from those that do not exist", async () => {
    const { clock, dns, listener, watch } = setup();
    dns.say("A api.b.test", records(60, "10.0.0.1"));
    const search = ["a.test", "b.test"];
    const first = watch({ host: "api", family: 4, search });
    await clock.advance(0);
    assert.deepEqual(dns.take(), ["A api.a.test", "A api.b.test"]);
    first[Symbol.dispose]();
    dns.say("A web.a.test", serverFailure());
    using _ = watch({ host: "web", family: 4, search });
    await clock.advance(0);

    assert.deepEqual(dns.take(), ["A web.a.test"]);
    assert.deepEqual(listener.told, ["10.0.0.1:80", "failed: cannot resolve web: ESERVFAIL"]);
  });

  it("looks again sooner when it is asked to, but not within 10 s, and not when it is failing", async () => {
    const { clock, dns, watch } = setup();
    dns.say("A a.test", records(600, "10.0.0.1"));
    using resolution = watch({ family: 4 });
    await clock.advance(1_000);
    for (let hint = 0; hint < 100; hint += 1) resolution.refresh();
    await clock.advance(8_999);
    assert.equal(dns.take().length, 1);
    dns.say("A a.test", serverFailure());
    await clock.advance(1);
    assert.equal(dns.take().length, 1);
    resolution.refresh();
    await clock.advance(749);
    assert.equal(dns.take().length, 0);
    await clock.advance(1);

    assert.equal(dns.take().length, 1);
  });

  it("leaves nothing when it is disposed of, and tells nothing more", async () => {
    const { clock, dns, listener, watch } = setup();
    dns.say("A a.test", "silence");
    const looking = watch({ family: 4 });
    await clock.advance(0);
    looking[Symbol.dispose]();
    looking.refresh();
    await clock.advance(0);
    dns.say("A b.test", records(60, "10.0.0.1"));
    const waiting = watch({ host: "b.test", family: 4 });
    await clock.advance(0);
    waiting[Symbol.dispose]();
    await clock.advance(600_000);

    assert.deepEqual(listener.told, ["10.0.0.1:80"]);
    assert.deepEqual([dns.abandoned, clock.pending], [1, 0]);
  });

  it("rejects options out of their range at once", () => {
    const { watch } = setup();
    const wrong: Partial<DnsResolverOptions>[] = [
      { host: "" },
      { host: "a b" },
      { host: "a..test" },
      { host: "a.test/x" },
      { host: "a.test:80" },
      { host: `${"a".repeat(64)}.test` },
      { port: 0 },
      { minTtlMs: 0 },
      { maxTtlMs: 9_999 },
      { timeoutMs: -1 },
      { client: undefined, servers: ["a.test"] },
      { client: undefined, servers: [] },
      { servers: ["10.0.0.53"] },
    ];
    for (const options of wrong) {
      assert.throws(
        () => watch(options),
        (error) => isMillraceError(error, "invalid-options"),
        JSON.stringify(options),
      );
    }
  });
});

function setup() {
  const { clock, dns, lookup } = scripted();
  const listener = new RecordedListener();
  const watch = (options: Partial<DnsResolverOptions> = {}) =>
    createDnsResolver({ host: "a.test", port: 80, ...lookup, ...options }).watch(listener);
  return { clock, dns, lookup, listener, watch };
}
