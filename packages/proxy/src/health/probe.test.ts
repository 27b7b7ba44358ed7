import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { httpProbe } from "./probe.js";

const never = new AbortController().signal;

describe("httpProbe", () => {
  it("passes when the status is one of those expected", async () => {
    await using server = await serve((_, response) => response.writeHead(204).end());
    const answer = await httpProbe({ url: server.url, path: "/", expectedStatuses: [[200, 299]] }, never);

    assert.deepEqual(answer, { passed: true, status: 204, reason: "status 204" });
  });

  it("asks below the base path, and fails on another status", async () => {
    await using server = await serve((request, response) =>
      response.writeHead(request.url === "/api/up" ? 503 : 200).end(),
    );
    const question = { url: `${server.url}/api`, path: "/up", expectedStatuses: [[200, 299]] as const };

    assert.deepEqual(await httpProbe(question, never), { passed: false, status: 503, reason: "status 503" });
  });

  it("fails with the reason when nobody listens", async () => {
    const server = await serve(() => undefined);
    await server[Symbol.asyncDispose]();
    const answer = await httpProbe({ url: server.url, path: "/", expectedStatuses: [[200, 299]] }, never);

    assert.equal(answer.passed, false);
    assert.match(answer.reason, /ECONNREFUSED/);
  });

  it("does not wait for the body", async () => {
    await using server = await serve((_, response) => void response.writeHead(200).write("endless"));
    const answer = await httpProbe({ url: server.url, path: "/", expectedStatuses: [[200, 299]] }, never);

    assert.equal(answer.passed, true);
  });

  it("rejects with the caller's reason when the caller gives up", async () => {
    await using server = await serve(() => undefined);
    const caller = new AbortController();
    const asking = httpProbe({ url: server.url, path: "/", expectedStatuses: [[200, 299]] }, caller.signal);
    caller.abort(new Error("changed my mind"));

    await assert.rejects(asking, /changed my mind/);
  });
});

async function serve(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: close };
}
