import assert from "node:assert/strict";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Backend, callDuring, callWhile, get } from "./backends.test.fixture.js";
import { openChannel } from "./channel.js";
import { createDnsResolver } from "./resolve/dns.js";
import { createDnsClient } from "./resolve/dns-client.js";
import { DnsServer } from "./resolve/dns-server.test.fixture.js";
import { createStaticResolver } from "./resolve/static.js";
import {
  authority,
  authority2,
  keyOne,
  keyTwo,
  serverOne,
  serverTwo,
} from "./tls/certificates.test.fixture.js";
import { openTlsFiles } from "./tls/tls-files.js";

describe("a channel to a name", () => {
  it("follows a record that flips within its TTL and a second, and fails no call", async () => {
    await using names = await DnsServer.open();
    await using old = await Backend.start((_, response) => response.end("old"));
    await using fresh = await Backend.start((_, response) => response.end("fresh"), {
      host: "127.0.0.2",
      port: old.port,
    });
    names.say("A backend.test", { ttl: 1, data: ["127.0.0.1"] });
    names.say("AAAA backend.test", { rcode: 0 });
    const client = createDnsClient({ servers: [names.address] });
    const lookup = { client, hostsFile: false, minTtlMs: 1_000, search: [] } as const;
    const resolver = createDnsResolver({ host: "backend.test", port: old.port, ...lookup });
    await using channel = openChannel(`http://backend.test:${old.port}`, { resolver });
    await channel.whenHealthy();
    assert.equal(await get(channel), "old");

    names.say("A backend.test", { ttl: 1, data: ["127.0.0.2"] });
    const flippedAt = performance.now();
    const moved = () => channel.snapshot().members.every(({ address }) => address === fresh.address);
    await callWhile(
      4,
      () => !moved(),
      () => get(channel),
    );
    const tookMs = performance.now() - flippedAt;

    assert.equal(await get(channel), "fresh");
    // The TTL and a second are 2,000 ms; a machine under load may be late, but not by as much again.
    assert.ok(tookMs < 4_000, `took ${Math.round(tookMs)} ms`);
  });

  it("goes on while certificates are rotated, and fails no call", async () => {
    const folder = await mkdtemp(join(tmpdir(), "millrace-"));
    const put = async (name: string, content: string) => {
      await writeFile(join(folder, `${name}.new`), content);
      await rename(join(folder, `${name}.new`), join(folder, name));
    };
    await put("ca.pem", authority);
    await using files = openTlsFiles({ caFile: join(folder, "ca.pem"), pollMs: 20 });
    await files.whenLoaded();
    await using backend = await Backend.start(undefined, { tls: { cert: serverOne, key: keyTwo } });
    await using channel = openChannel(`https://localhost:${backend.port}`, {
      resolver: createStaticResolver([backend.address]),
      tls: { secureContext: files.context },
      // Each member lasts a moment: connections are made all the time, by the certificates of the day.
      pool: { maxAgeMs: 60, ageJitter: 0.5, backoff: { initialMs: 10 } },
    });
    await channel.whenHealthy();

    let reloads = 0;
    const watching = files.material.subscribe(() => (reloads += 1));
    let calls = 0;
    const trust = async (...authorities: string[]) => {
      const made = reloads;
      await put("ca.pem", authorities.join(""));
      while (reloads === made) await new Promise((resolve) => setImmediate(resolve));
      const until = calls + 50;
      while (calls < until) await new Promise((resolve) => setImmediate(resolve));
    };
    // The new authority is trusted before the server has its certificate, the old one no longer once it has it.
    const rotate = async () => {
      const old = { authority, cert: serverOne, key: keyTwo };
      const fresh = { authority: authority2, cert: serverTwo, key: keyOne };
      for (const [from, to] of [
        [old, fresh],
        [fresh, old],
        [old, fresh],
      ] as const) {
        await trust(from.authority, to.authority);
        backend.tlsServer.setSecureContext({ cert: to.cert, key: to.key });
        await trust(to.authority);
      }
    };
    await callDuring(rotate(), 4, async () => {
      assert.equal(await get(channel), "ok");
      calls += 1;
    });
    watching[Symbol.dispose]();
    await rm(folder, { recursive: true });

    assert.ok(calls >= 300);
    assert.equal(reloads, 6);
  });
});
