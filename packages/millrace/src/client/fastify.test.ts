import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { fastify } from "fastify";
import { clientOf } from "./server.test.fixture.js";

describe("a client with a server of Fastify", () => {
  it("carries JSON, parameters and statuses both ways, and leaves when it is closed", async () => {
    const app = fastify();
    app.post("/api/widgets/:id", (request, reply) => {
      return reply.code(201).send({ params: request.params, query: request.query, body: request.body });
    });
    await app.listen({ port: 0, host: "127.0.0.1" });
    const { port } = app.server.address() as AddressInfo;
    const client = await clientOf([`http://127.0.0.1:${port}/api`]);
    const sent = { path: { id: "a/ü" }, query: { tag: ["x", "y"] }, body: { name: "cog" } };
    const answer = await client.post("/widgets/{id}", sent);
    await assert.rejects(client.get("/nothing"), { name: "RemoteError", status: 404 });
    await client.close();
    await app.close();

    assert.deepEqual(answer, { params: { id: "a/ü" }, query: { tag: ["x", "y"] }, body: { name: "cog" } });
  });
});
