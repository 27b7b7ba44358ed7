import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openChannel } from "../../channel/index.js";
import { createContext } from "../../service/index.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { BytesBody, Fields } from "../../wire/index.js";
import { requestTo } from "../../wire/proof/client-side.js";
import { openOrigin } from "../origin.test.fixture.js";
import { createDiagnostics, type Diagnostics } from "./create-diagnostics.js";
import type { DiagnosedChannel } from "./report.js";

describe("createDiagnostics", () => {
  it("lists all channels, with those that do not answer within 4 s (W24)", async () => {
    const clock = new VirtualClock();
    await using origin = await openOrigin();
    await using channel = openChannel(origin.url, { label: "orders <b>" });
    await channel.whenHealthy();
    const silent: DiagnosedChannel = { label: "silent", snapshot: () => new Promise(() => {}) };
    const broken: DiagnosedChannel = {
      label: "broken",
      snapshot: () => Promise.reject(new Error("not here")),
    };
    const diagnostics = createDiagnostics({ channels: () => [channel, silent, broken], clock });
    const pending = asked(diagnostics, "/");
    await clock.advance(3_999);
    assert.equal(await Promise.race([pending, Promise.resolve("waiting")]), "waiting");
    await clock.advance(1);
    const { status, text, type } = await pending;

    assert.equal(status, 200);
    assert.equal(type, "text/html; charset=utf-8");
    assert.match(text, /orders &#60;b&#62;/);
    assert.match(text, /silent<\/a>.*failed to report within 4 s/);
    assert.match(text, /broken<\/a>.*failed to report: not here/);
    assert.equal(clock.pending, 0);
  });

  it("shows one channel: addresses, members, and how the next call would go (W24)", async () => {
    await using origin = await openOrigin();
    await using channel = openChannel(origin.url, { label: "orders" });
    await channel.whenHealthy();
    const diagnostics = createDiagnostics({ channels: () => [channel] });
    const html = await asked(diagnostics, "/1");
    const json = await asked(diagnostics, "/1", "application/json");
    const { label, snapshot, pick } = JSON.parse(json.text) as {
      label: string;
      snapshot: { addresses: { address: string }[]; members: { state: string }[] };
      pick: { candidates: number };
    };

    assert.equal(html.status, 200);
    assert.ok(html.text.includes(`127.0.0.1:${origin.port}`));
    assert.match(html.text, /It would go to <strong>member \d+<\/strong>/);
    assert.equal(json.type, "application/json");
    assert.equal(label, "orders");
    assert.deepEqual(
      snapshot.addresses.map(({ address }) => address),
      [`127.0.0.1:${origin.port}`],
    );
    assert.ok(snapshot.members.some(({ state }) => state === "healthy"));
    assert.ok(pick.candidates >= 1);
  });

  it("shows the errors of a server that is not there, and when it is tried again", async () => {
    await using channel = openChannel("http://127.0.0.1:1", { label: "gone" });
    while (!channel.snapshot().addresses.some(({ errors }) => errors.length > 0))
      await new Promise((resolve) => setTimeout(resolve, 10));
    const { text } = await asked(createDiagnostics({ channels: () => [channel] }), "/1");

    assert.match(text, /ECONNREFUSED/);
    assert.match(text, /unhealthy/);
  });

  it("says 404 to everything else (W24), and 405 to who would change something", async () => {
    const diagnostics = createDiagnostics({ channels: () => [], path: "/debug/channels" });

    assert.equal((await asked(diagnostics, "/debug/channels")).status, 200);
    assert.equal((await asked(diagnostics, "/debug/channels/")).status, 200);
    assert.equal((await asked(diagnostics, "/debug/channels/7")).status, 404);
    assert.equal(
      (await asked(diagnostics, "/elsewhere?format=json")).text,
      '{\n  "error": "no such channel"\n}\n',
    );
    assert.equal((await asked(diagnostics, "/debug/channels", undefined, "POST")).status, 405);
    assert.throws(() => createDiagnostics({ limitMs: 0 }), /diagnostics\.limitMs/);
  });

  it("is a listener of node:http too, for all open channels", async () => {
    await using origin = await openOrigin();
    await using _channel = openChannel(origin.url, { label: "seen from outside" });
    const { listener, report } = createDiagnostics({ path: "/debug" });
    await using page = await openOrigin(listener);
    const html = await fetch(`${page.url}/debug`);
    const json = await fetch(`${page.url}/debug?format=json`);

    assert.match(await html.text(), /seen from outside/);
    assert.match(html.headers.get("content-security-policy")!, /default-src 'none'/);
    assert.ok(
      ((await json.json()) as { channels: { label: string }[] }).channels.some(
        ({ label }) => label === "seen from outside",
      ),
    );
    assert.ok((await report()).length >= 1);
  });
});

async function asked({ service }: Diagnostics, path: string, accept?: string, method = "GET") {
  const fields = Fields.from(accept === undefined ? [] : [["Accept", accept]]);
  const response = await service.call(requestTo(path, { method, fields }), createContext());
  assert.ok(response.body instanceof BytesBody);
  return { status: response.status, text: response.body.text(), type: response.fields.get("content-type") };
}
