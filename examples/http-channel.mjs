// A channel: a client that is connected before it is asked, and whose callers do not notice a server that goes.
import { once } from "node:events";
import { createServer } from "node:http";
import { createStaticResolver } from "millrace/channel";
import { createDiagnostics, openHttpChannel } from "millrace/http";

const servers = ["a", "b", "c"].map((name) =>
  createServer((_request, response) => void response.end(name)).listen(0, "127.0.0.1"),
);
await Promise.all(servers.map((server) => once(server, "listening")));
const addresses = servers.map(
  (server) => `127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`,
);

const channel = openHttpChannel("http://backend.internal", {
  label: "backend",
  resolver: createStaticResolver(addresses),
  userAgent: [{ name: "example", version: "1" }],
});
await channel.whenHealthy();
console.log(`${channel.label} is ${channel.status.value}`);

// Two faces of one channel; `dispatcher` and `agent` are two more.
const answers = new Set();
for (let call = 0; call < 30; call += 1) answers.add(await (await channel.fetch("/")).text());
const { status, body } = await channel.request("GET", "/", { query: { a: 1 } });
console.log(
  `fetch: answered by ${answers.size} servers; request: ${status} ${(await body.text()).length} byte`,
);

// One server of three goes, in the middle of calls.
let failed = 0;
const calls = Array.from({ length: 4 }, async () => {
  for (let call = 0; call < 50; call += 1) await channel.fetch("/").catch(() => (failed += 1));
});
servers[0]?.close();
servers[0]?.closeAllConnections();
await Promise.all(calls);
console.log(`200 calls while a server goes: ${failed} failed`);

const [report] = await createDiagnostics({ channels: () => [channel] }).report();
if (report && "snapshot" in report) {
  const { addresses: known } = report.snapshot;
  console.log(
    `diagnostics: ${known.filter(({ errors }) => errors.length > 0).length} of ${known.length} addresses had errors`,
  );
}

// Who opens, closes.
await channel.close();
for (const server of servers) server.close();
