// A service named in a file, and a client of it that changes while it runs when the file does.
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openClientFactory, openServicesFile } from "millrace/client";
import { isRemoteError } from "millrace/client/conjure";
import { z } from "zod";

// Two nodes of one service. The first has a bad start.
let requests = 0;
const first = await listen((request, response) => {
  requests += 1;
  if (requests === 1) response.writeHead(503).end();
  else answer(request, response, "the first node");
});
const second = await listen((request, response) => answer(request, response, "the second node"));

const folder = await mkdtemp(join(tmpdir(), "millrace-example-"));
const path = join(folder, "services.yaml");
await say([first.url], "30 seconds");

const file = await openServicesFile(path, {
  onWarning: (warning) => console.log(warning.split(": ").at(-1)),
});
const factory = openClientFactory(file, {
  userAgent: { primary: { name: "example", version: "1.0.0" } },
  onError: (error) => console.log(`kept the old configuration: ${error}`),
});
const widgets = await factory.openClient("widgets");

// The 503 is tried again. What comes back is checked by the schema, and typed by it.
const schema = z.object({ id: z.string(), from: z.string() });
const widget = await widgets.get("/widgets/{id}", { path: { id: "a/b" }, schema });
console.log(`widget ${widget.id} from ${widget.from}, after ${requests} requests`);

try {
  await widgets.get("/nothing", { retries: 0, deadlineMs: 2_000 });
} catch (error) {
  if (isRemoteError(error)) console.log(`no success: ${error.message}`);
}

// Within a moment of the file, calls go by what it says. Here we look at once.
await say([second.url], "10s");
await file.refresh();
await factory.applied();
console.log(`now from ${(await widgets.get("/widgets/{id}", { path: { id: 7 }, schema })).from}`);

await say([second.url], "soon");
await file.refresh();
const reason = file.fault.value instanceof Error ? file.fault.value.message : "";
console.log(reason.slice(reason.indexOf("services.yaml")));
console.log(`still from ${(await widgets.get("/widgets/{id}", { path: { id: 7 }, schema })).from}`);

await factory.close();
await file.close();
await rm(folder, { recursive: true });
first.server.close();
second.server.close();

/**
 * @param {readonly string[]} uris
 * @param {string} timeout
 */
async function say(uris, timeout) {
  const text = `services:\n  widgets:\n    uris: [${uris}]\n    read-timeout: ${timeout}\n`;
  // Replaced as a whole: nobody reads half a file.
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

/**
 * @param {import("node:http").IncomingMessage} request
 * @param {import("node:http").ServerResponse} response
 * @param {string} from
 */
function answer({ url = "" }, response, from) {
  const [, id] = /^\/api\/widgets\/(.+)$/.exec(url) ?? [];
  if (id === undefined) response.writeHead(404).end();
  else {
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ id: decodeURIComponent(id), from }));
  }
}

/** @param {import("node:http").RequestListener} listener */
async function listen(listener) {
  const server = createServer(listener);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { server, url: `http://127.0.0.1:${port}/api` };
}
