import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { callDuring, callWhile, get } from "./backends.test.fixture.js";
import { openChannel } from "./channel.js";
import { Nginx, withNginx } from "./nginx.test.fixture.js";
import type { ChannelOptions } from "./options.js";
import {
  authority,
  authority2,
  keyOne,
  keyTwo,
  serverOne,
  serverTwo,
} from "./tls/certificates.test.fixture.js";

describe("a channel to nginx", withNginx, () => {
  const scenarios = { http: " (W23)", https: " (W22)", "a unix socket": "" };
  for (const over of ["http", "https", "a unix socket"] as const) {
    it(`is healthy, answers, and survives its restart: over ${over}${scenarios[over]}`, async () => {
      await using server = await Nginx.start();
      const targets: Record<typeof over, readonly [string, ChannelOptions]> = {
        http: [`http://127.0.0.1:${server.port}`, {}],
        https: [`https://localhost:${server.tlsPort}`, { tls: { ca: authority } }],
        "a unix socket": ["http://backend.test", { connectTo: `unix:${server.socket}` }],
      };
      const [target, options] = targets[over];
      const pool = { backoff: { initialMs: 20 } };
      await using channel = openChannel(target, { ...options, health: "/ready", pool });
      await channel.whenHealthy();
      assert.equal(channel.snapshot().members.length, 3);
      let calls = 0;
      await callWhile(
        8,
        () => (calls += 1) <= 200,
        async () => assert.equal(await get(channel), "hello\n"),
      );

      await server.restart();
      assert.equal(await get(channel), "hello\n");
      await channel.whenHealthy();
    });
  }

  it("fails no call while nginx's certificate is renewed, by another authority too", async () => {
    await using server = await Nginx.start();
    await using channel = openChannel(`https://localhost:${server.tlsPort}`, {
      tls: { ca: [authority, authority2] },
      // Each member lasts a moment: connections are made all the time, by the certificate of the day.
      pool: { maxAgeMs: 60, ageJitter: 0.5, backoff: { initialMs: 10 } },
    });
    await channel.whenHealthy();
    let calls = 0;
    const renewAll = async () => {
      for (let round = 0; round < 4; round += 1) {
        await (round % 2 === 0 ? server.renew(serverTwo, keyOne) : server.renew(serverOne, keyTwo));
        const until = calls + 50;
        while (calls < until) await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await callDuring(renewAll(), 4, async () => {
      assert.equal(await get(channel), "hello\n");
      calls += 1;
    });

    assert.ok(calls >= 200);
  });

  it("keeps its connections though nginx closes those that nobody uses", async () => {
    await using server = await Nginx.start("keepalive_timeout 1s 1s; keepalive_requests 3;");
    await using channel = openChannel(`http://127.0.0.1:${server.port}`);
    await channel.whenHealthy();
    for (let calls = 0; calls < 30; calls += 1) assert.equal(await get(channel), "hello\n");

    assert.equal(channel.status.value, "healthy");
  });
});
