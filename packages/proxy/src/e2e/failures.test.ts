import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bindHandle, boundAddress } from "millrace/handoff";
import { echo, startOrigin, startRawOrigin } from "./origin.js";
import { exchange, RawClient, statusesIn } from "./raw-client.js";
import { type StartOptions, startProxy, until } from "./start-proxy.js";

const roundRobin: StartOptions = { balance: { policy: "round-robin" } };
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const ask = (method = "GET", more = "") =>
  `${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${method === "POST" ? "Content-Length: 2\r\n" : ""}${more}\r\n${method === "POST" ? "hi" : ""}`;

describe("the proxy, when there is nobody to ask", () => {
  it("answers 503, says when to come again, and writes JSON to those who want it", async () => {
    await using proxy = await startProxy();
    const text = await exchange(proxy.port, ask());
    const json = await exchange(proxy.port, ask("GET", "Accept: application/json\r\n"));

    assert.match(
      text,
      /^HTTP\/1\.1 503 Service Unavailable\r\n[\s\S]*Retry-After: 1\r\n[\s\S]*no server is available\n$/,
    );
    assert.match(json, /Content-Type: application\/json[\s\S]*"status":503\}\n$/);
  });

  it("answers 502 when the only origin refuses, and keeps the client's connection", async () => {
    await using nobody = await startNobody();
    await using proxy = await startProxy({ origins: [nobody.url], retry: { attempts: 0 } });
    using client = await RawClient.connect(proxy.port);
    for (let count = 0; count < 2; count += 1) {
      client.text = "";
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await client.until(/^HTTP\/1\.1 502 Bad Gateway\r\n[\s\S]*could not be reached\n$/);
    }

    assert.equal(client.over, undefined);
  });

  it("answers 504 when the origin is too slow, and the limit can be changed while it runs", async () => {
    await using origin = await startRawOrigin((socket, received) => {
      if (received.includes("/fast")) socket.write(ok);
    });
    await using proxy = await startProxy({ origins: [origin.url], timeouts: { responseHead: "1h" } });
    // A connection made under the old limit, and kept.
    assert.match(await exchange(proxy.port, ask().replace("GET /", "GET /fast")), /ok$/);
    const { status, body } = await proxy.api("PATCH", "/config?wait=applied", {
      timeouts: { responseHead: "50ms" },
    });
    assert.equal(status, 200, JSON.stringify(body));

    assert.match(await exchange(proxy.port, ask()), /^HTTP\/1\.1 504 Gateway Timeout\r\n/);
  });

  it("answers 502 to an answer that breaks the protocol, and uses that connection no more", async () => {
    await using origin = await startRawOrigin((socket) =>
      socket.write(`${ok.replace(": 2", ": 2\r\nContent-Length: 3")}`),
    );
    await using proxy = await startProxy({ origins: [origin.url] });

    assert.deepEqual(statusesIn(await exchange(proxy.port, ask())), [502]);
    await until(() => origin.closed === 1);
  });
});

describe("the proxy, when one origin fails", () => {
  it("asks another one when a connection is refused, whatever the method", async () => {
    await using origin = await startOrigin(echo);
    await using nobody = await startNobody();
    await using proxy = await startProxy({
      origins: [nobody.url, origin.url],
      ...roundRobin,
      outlier: { maxEjectedRatio: 0 },
    });
    for (const method of ["GET", "POST", "GET", "POST"]) {
      assert.deepEqual(statusesIn(await exchange(proxy.port, ask(method))), [200]);
    }
    using client = await RawClient.connect(proxy.port);
    for (let count = 0; count < 4; count += 1) {
      client.text = "";
      client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n");
      client.send("0\r\n\r\n");
      await client.until(/^HTTP\/1\.1 200 [\s\S]*"body":"hi"/);
    }
    const { body } = await proxy.api("GET", "/stats");

    assert.ok(body.retries.made >= 1);
    assert.equal(body.client.failed, 0);
  });

  for (const [method, expected] of [
    ["GET", [200]],
    ["PUT", [200]],
    ["POST", [502]],
    ["PATCH", [502]],
  ] as const) {
    it(`${expected[0] === 200 ? "asks another one" : "does not ask twice"} when the connection breaks under a ${method}`, async () => {
      await using well = await startRawOrigin((socket) => socket.end(ok));
      await using ill = await startRawOrigin((socket) => socket.resetAndDestroy());
      await using proxy = await startProxy({
        origins: [ill.url, well.url],
        ...roundRobin,
        outlier: { consecutiveFailures: "none" },
      });
      const statuses: number[] = [];
      while (ill.received.length === 0) {
        statuses.push(...statusesIn(await exchange(proxy.port, ask(method))));
      }

      assert.deepEqual(statuses.slice(-1), expected);
    });
  }

  it("asks another one when a kept connection turns out to be closed", async () => {
    let served = 0;
    await using tired = await startRawOrigin((socket, received) => {
      if (received.split("GET /").length === 2) socket.write(ok);
      else socket.resetAndDestroy();
      served += 1;
    });
    await using proxy = await startProxy({ origins: [tired.url] });
    for (let count = 0; count < 4; count += 1) {
      assert.deepEqual(statusesIn(await exchange(proxy.port, ask())), [200]);
    }

    assert.ok(served > 4);
  });

  it("takes one out that keeps failing, and brings it back when a check passes", async () => {
    let well = false;
    await using ill = await startOrigin((_, response) => response.writeHead(well ? 200 : 500).end("ill"));
    await using good = await startOrigin((_, response) => response.end("good"));
    await using proxy = await startProxy({
      origins: [ill.url, good.url],
      ...roundRobin,
      outlier: { consecutiveFailures: 3, baseEjection: "1h", maxEjection: "1h" },
      healthCheck: { path: "/.health", interval: "200ms", jitter: 0 },
    });
    const ejections = async () => {
      const { body } = await proxy.api("GET", "/stats/detail");
      return (body.servers as { url: string; ejections: number }[]).find(({ url }) => url === ill.url)!
        .ejections;
    };
    while ((await ejections()) === 0) await exchange(proxy.port, ask());
    well = true;

    await until(async () => (await exchange(proxy.port, ask())).endsWith("ill"));
  });

  it("marks one down that fails its checks, answers 503, and up again when it returns", async () => {
    const first = await startOrigin((_, response) => response.end("first"));
    await using proxy = await startProxy({
      origins: [first.url],
      healthCheck: { path: "/.health", interval: "50ms", jitter: 0 },
    });
    assert.match(await exchange(proxy.port, ask()), /first$/);
    await first[Symbol.asyncDispose]();
    await until(async () => (await proxy.api("GET", "/servers")).body.servers[0].healthy === false);
    assert.deepEqual(statusesIn(await exchange(proxy.port, ask())), [503]);
    await using _second = await startOrigin((_, response) => response.end("second"), { port: first.port });

    await until(async () => (await exchange(proxy.port, ask())).endsWith("second"));
  });

  it("asks even those marked down when most are", async () => {
    const answered = new Set<string>();
    const named = (name: string) =>
      startOrigin((_, response) => {
        answered.add(name);
        response.end(name);
      });
    await using one = await named("one");
    await using two = await named("two");
    await using three = await named("three");
    await using proxy = await startProxy({
      origins: [one.url],
      ...roundRobin,
      healthCheck: { path: "/.health", interval: "50ms", jitter: 0, unhealthyThreshold: 1 },
    });
    for (const { url } of [two, three]) {
      await proxy.api("POST", "/servers", { url, healthCheck: { expectedStatuses: "500" } });
    }
    await until(async () => {
      const { body } = await proxy.api("GET", "/servers");
      return (body.servers as { healthy: boolean }[]).filter(({ healthy }) => healthy).length === 1;
    });
    answered.clear();
    await until(async () => {
      await exchange(proxy.port, ask());
      return answered.size === 3;
    });
  });
});

/** An origin that refuses connections, on a port that nobody else gets meanwhile: it is bound, and does not listen. */
async function startNobody() {
  const asked = { kind: "tcp", host: "127.0.0.1", port: 0 } as const;
  const handle = await bindHandle(asked);
  const { port } = boundAddress(handle, asked) as { readonly port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => handle.close(),
  };
}
