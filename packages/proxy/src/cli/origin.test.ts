import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { createOrigin } from "./origin.js";

describe("createOrigin", () => {
  it("greets", async () => {
    await using origin = await start();

    assert.equal(await (await origin.get("/")).text(), "hello from the origin\n");
  });

  it("sends as much as it is asked for, a mebibyte by default", async () => {
    await using origin = await start();

    assert.equal((await (await origin.get("/large")).arrayBuffer()).byteLength, 1_048_576);
    assert.equal((await (await origin.get("/large?bytes=3000000")).arrayBuffer()).byteLength, 3_000_000);
    assert.equal((await (await origin.get("/large?bytes=0")).arrayBuffer()).byteLength, 0);
  });

  it("echoes a body", async () => {
    await using origin = await start();

    assert.equal(await (await origin.get("/echo", { method: "POST", body: "hi" })).text(), "hi");
  });

  it("answers with any final status", async () => {
    await using origin = await start();

    assert.equal((await origin.get("/status/418")).status, 418);
    assert.equal((await origin.get("/status/999")).status, 404);
  });

  it("takes its time when asked to", async () => {
    await using origin = await start();

    assert.equal((await origin.get("/slow?ms=1")).status, 200);
  });
});

async function start() {
  const server = createOrigin().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const get = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${port}${path}`, init);
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { get, [Symbol.asyncDispose]: close };
}
