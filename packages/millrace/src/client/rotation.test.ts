import assert from "node:assert/strict";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openServicesFile } from "./config/services-file.js";
import { openClientFactory } from "./factory.js";
import { openServer } from "./server.test.fixture.js";

const rotations = 1_000;

describe("a configuration file that is replaced under load", () => {
  it("fails no call, and is in force in the end", { timeout: 120_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "millrace-rotation-"));
    const path = join(folder, "services.yaml");
    await using servers = await openServers(3);
    const write = async (nth: number) => {
      await writeFile(`${path}.new`, servers.config(nth));
      await rename(`${path}.new`, path);
    };
    await write(0);
    const errors: unknown[] = [];
    const onError = (error: unknown) => errors.push(error);
    await using file = await openServicesFile(path, { onError });
    const userAgent = { primary: { name: "test", version: "1.0.0" } };
    await using factory = openClientFactory(file, { userAgent, onError });
    const client = await factory.openClient("widgets");

    let calls = 0;
    let rotating = true;
    const caller = async () => {
      while (rotating) {
        assert.equal(await client.post("/", { body: {} }), "ok");
        calls += 1;
      }
    };
    const callers = Promise.all([caller(), caller(), caller(), caller()]);
    for (let nth = 1; nth <= rotations; nth += 1) {
      // Every tenth file is broken: that must change nothing.
      if (nth % 10 === 5) await writeFile(path, "services: [");
      else await write(nth);
      await file.refresh();
      await factory.applied();
    }
    rotating = false;
    await callers;
    await rm(folder, { recursive: true });

    assert.ok(calls > rotations, `only ${calls} calls`);
    assert.equal(errors.length, rotations / 10);
    assert.deepEqual(file.value.services["widgets"]!.uris, servers.uris(rotations));
    assert.equal(servers.requests(), calls);
  });
});

async function openServers(count: number) {
  const answer = (_: unknown, response: { end(text: string): void }) => response.end('"ok"');
  const servers = await Promise.all(Array.from({ length: count }, () => openServer(answer)));
  /** One node fewer than there are, another one each time; every third time all. */
  const uris = (nth: number) =>
    servers.map(({ url }) => url).filter((_, at) => nth % 3 === 0 || at !== nth % count);
  return {
    uris,
    config: (nth: number) => `
services:
  widgets:
    uris: [${uris(nth).join(", ")}]
    read-timeout: ${60 + (nth % 2)}s
    max-num-retries: ${nth % 5}
`,
    requests: () => servers.reduce((sum, { requests }) => sum + requests, 0),
    async [Symbol.asyncDispose]() {
      for (const server of servers) await server[Symbol.asyncDispose]();
    },
  };
}
