import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createDnsResolver } from "./dns.js";
import { RecordedListener } from "./recorded.test.fixture.js";
import { records, scripted, serverFailure } from "./scripted-dns.test.fixture.js";

describe("look-ups of one name", () => {
  it("are one for any number of channels, whatever their ports", async () => {
    const { clock, dns, watch } = setup();
    dns.say("A a.test", records(60, "10.0.0.1"));
    const watches = Array.from({ length: 1_000 }, (_, at) => watch("a.test", 1 + at));
    await clock.advance(0);
    assert.deepEqual(dns.take(), ["A a.test"]);
    await clock.advance(60_000);

    assert.deepEqual(dns.take(), ["A a.test"]);
    assert.deepEqual(watches[999]!.listener.told, ["10.0.0.1:1000", "10.0.0.1:1000"]);
    for (const each of watches) each.resolution[Symbol.dispose]();
    assert.equal(clock.pending, 0);
  });

  it("tell a new watch at once what is known, and ask no sooner for it", async () => {
    const { clock, dns, watch } = setup();
    dns.say("A a.test", records(60, "10.0.0.1"));
    using _first = watch("a.test").resolution;
    await clock.advance(30_000);
    const { listener, resolution } = watch("a.test");
    using _second = resolution;
    await clock.advance(0);
    assert.deepEqual(listener.told, ["10.0.0.1:80"]);
    await clock.advance(29_999);

    assert.equal(dns.asked.length, 1);
  });

  it("remember their answer until it has run out when nobody watches", async () => {
    const { clock, dns, watch } = setup();
    dns.say("A a.test", records(60, "10.0.0.1"));
    for (let times = 0; times < 50; times += 1) {
      const { listener, resolution } = watch("a.test");
      await clock.advance(1_000);
      resolution[Symbol.dispose]();
      assert.deepEqual(listener.told, ["10.0.0.1:80"]);
    }
    assert.deepEqual([dns.asked.length, clock.pending], [1, 0]);
    await clock.advance(10_000);
    dns.say("A a.test", records(60, "10.0.0.2"));
    const { listener, resolution } = watch("a.test");
    using _ = resolution;
    await clock.advance(0);

    assert.deepEqual(listener.told, ["10.0.0.2:80"]);
  });

  it("remember failures too, with the time of the next question", async () => {
    const { clock, dns, watch } = setup();
    dns.say("A a.test", serverFailure());
    for (let times = 0; times < 7; times += 1) {
      const { listener, resolution } = watch("a.test");
      await clock.advance(100);
      resolution[Symbol.dispose]();
      assert.deepEqual(listener.told, ["failed: cannot resolve a.test: ESERVFAIL"]);
    }

    assert.equal(dns.asked.length, 1);
  });

  it("give an answer that has run out only to whom no newer can be found", async () => {
    const { clock, dns, watch } = setup();
    dns.say("A a.test", records(60, "10.0.0.1"));
    const first = watch("a.test");
    await clock.advance(0);
    first.resolution[Symbol.dispose]();
    dns.say("A a.test", serverFailure());
    await clock.advance(60_000);
    const { listener, resolution } = watch("a.test");
    using _ = resolution;
    await clock.advance(0);

    assert.deepEqual(listener.told, ["10.0.0.1:80", "failed: cannot resolve a.test: ESERVFAIL"]);
  });

  it("are apart for other settings", async () => {
    const { clock, dns, watch } = setup();
    using _first = watch("a.test").resolution;
    using _second = watch("a.test", 80, { minTtlMs: 20_000 }).resolution;
    using _third = watch("b.test").resolution;
    await clock.advance(0);

    assert.deepEqual(dns.asked, ["A a.test", "A a.test", "A b.test"]);
  });

  it("go on for one watch when another leaves in the middle of telling", async () => {
    const { clock, dns, lookup } = setup();
    dns.say("A a.test", records(60, "10.0.0.1"));
    const resolver = createDnsResolver({ host: "a.test", port: 80, family: 4, ...lookup });
    const second = new RecordedListener();
    const leaving = resolver.watch({
      resolved: () => leaving[Symbol.dispose](),
      failed: () => {},
      ended: () => {},
    });
    using _ = resolver.watch(second);
    await clock.advance(0);

    assert.deepEqual(second.told, ["10.0.0.1:80"]);
    assert.equal(clock.pending, 1);
  });
});

function setup() {
  const { clock, dns, lookup } = scripted();
  const watch = (host: string, port = 80, options: { minTtlMs?: number } = {}) => {
    const listener = new RecordedListener();
    const resolver = createDnsResolver({ host, port, family: 4, ...lookup, ...options });
    return { listener, resolution: resolver.watch(listener) };
  };
  return { clock, dns, lookup, watch };
}
