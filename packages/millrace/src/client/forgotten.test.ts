import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createContext } from "../service/context.js";
import { emptyBody } from "../wire/http/body.js";
import { Fields } from "../wire/http/fields.js";
import { type ResponseLeak, responseLeaks } from "./call/leak-guard.js";
import { openClientFactory } from "./factory.js";
import { fakeNodes } from "./fake-nodes.test.fixture.js";
import { clientOf, openServer } from "./server.test.fixture.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

describe("what a program forgets", () => {
  it("C22: a client is closed when memory is collected", async () => {
    const nodes = fakeNodes();
    const config = { services: { a: { uris: ["http://one"] } } };
    await using factory = openClientFactory(config, nodes.options);
    await factory.openClient("a");
    await until(() => nodes.open().length === 0);

    assert.deepEqual(nodes.open(), []);
  });

  it("a response whose content nobody read lets its connection go, and is told of", async () => {
    await using server = await openServer((_, response) => void response.write("the rest never comes"));
    await using client = await clientOf([server.url]);
    const leaks: ResponseLeak[] = [];
    using _ = responseLeaks.subscribe((leak) => leaks.push(leak));
    const closed = once(server.server, "connection").then(([socket]) => once(socket as never, "close"));
    await client.request("GET", "/widgets");
    await until(() => leaks.length > 0);
    await closed;

    assert.deepEqual(leaks, [{ endpoint: leaks[0]!.endpoint, status: 200 }]);
    assert.equal(leaks[0]!.endpoint?.path, "/widgets");
  });

  it("a response that was read is no leak", async () => {
    await using server = await openServer((_, response) => response.end("x".repeat(200_000)));
    await using client = await clientOf([server.url]);
    const leaks: ResponseLeak[] = [];
    using _ = responseLeaks.subscribe((leak) => leaks.push(leak));
    await (await client.request("GET", "/")).body.text();
    const target = { form: "origin", path: "/", authority: "", scheme: "http" } as const;
    const request = { method: "GET", target, minorVersion: 1, fields: new Fields(), body: emptyBody };
    const { body } = await client.call(request, createContext());
    if (body.kind === "stream") for await (const _chunk of body);
    for (let times = 0; times < 5; times += 1) await collected();

    assert.deepEqual(leaks, []);
  });
});

/** Collects memory until `holds`, a bounded number of times. */
async function until(holds: () => boolean): Promise<void> {
  for (let times = 0; times < 1_000 && !holds(); times += 1) await collected();
}

async function collected(): Promise<void> {
  collect();
  await new Promise((resolve) => setImmediate(resolve));
}
