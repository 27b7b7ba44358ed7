import assert from "node:assert/strict";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openServicesFile } from "./config/services-file.js";
import { openClientFactory } from "./factory.js";
import { openServer } from "./server.test.fixture.js";

const rotations = 1_000;
const callers = 4;
/** Calls of each caller around one rotation: more would only keep the processor from the file. */
const callsEach = 12;

describe("a configuration file that is replaced under load", () => {
  it("fails no call, and is in force in the end", { timeout: 120_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "millrace-rotation-"));
    const path = join(folder, "services.yaml");
    await using servers = await openServers(3);
    const write = async (text: string) => {
      await writeFile(`${path}.new`, text);
      await rename(`${path}.new`, path);
    };
    await write(servers.config(0));
    const errors: unknown[] = [];
    const onError = (error: unknown) => errors.push(error);
    await using file = await openServicesFile(path, { onError });
    const userAgent = { primary: { name: "test", version: "1.0.0" } };
    await using factory = openClientFactory(file, { userAgent, onError });
    const client = await factory.openClient("widgets");

    const caller = async () => {
      for (let nth = 0; nth < callsEach; nth += 1) {
        assert.equal(await client.post("/", { body: {} }), "ok");
      }
    };
    const rotate = async (nth: number) => {
      // Every tenth file is broken: that must change nothing.
      await write(nth % 10 === 5 ? "services: [" : servers.config(nth));
      await file.refresh();
      await factory.applied();
    };
    for (let nth = 1; nth <= rotations; nth += 1) {
      await Promise.all([rotate(nth), ...Array.from({ length: callers }, caller)]);
    }
    await rm(folder, { recursive: true });

    assert.equal(errors.length, rotations / 10);
    assert.deepEqual(file.value.services["widgets"]!.uris, servers.uris(rotations));
    assert.equal(servers.requests(), rotations * callers * callsEach);
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
