import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import fastify from "fastify";
import { openHttpChannel } from "./http-channel.js";

describe("a channel to Fastify", () => {
  it("is checked, sends what there is to send, and streams", async () => {
    const server = fastify();
    let checks = 0;
    server.get("/ready", async () => ({ checks: ++checks }));
    server.post("/orders", async ({ body }, reply) => reply.code(201).send({ ordered: body }));
    server.get("/lines", async (_, reply) => reply.send(Readable.from(["one\n", "two\n", "three\n"])));
    server.get("/fails", async () => {
      throw new Error("no such order");
    });
    await server.listen({ port: 0, host: "127.0.0.1" });
    const { port } = server.server.address() as AddressInfo;
    await using channel = openHttpChannel(`http://127.0.0.1:${port}`, { health: "/ready" });
    await channel.whenHealthy();

    const ordered = await channel.fetch("/orders", {
      method: "POST",
      body: JSON.stringify({ item: 7 }),
      headers: { "Content-Type": "application/json" },
    });
    const lines: string[] = [];
    for await (const chunk of (await channel.request("GET", "/lines")).body) lines.push(chunk.toString());
    const failed = await channel.fetch("/fails");
    const head = await channel.fetch("/ready", { method: "HEAD" });
    const error = (await failed.json()) as { message: string };
    await channel.close();
    await server.close();

    assert.deepEqual([ordered.status, await ordered.json()], [201, { ordered: { item: 7 } }]);
    assert.equal(lines.join(""), "one\ntwo\nthree\n");
    assert.deepEqual([failed.status, error.message], [500, "no such order"]);
    assert.deepEqual([head.status, await head.text()], [200, ""]);
    assert.ok(checks >= 2);
  });
});
